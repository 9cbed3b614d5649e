internal import TopUpAPI
internal import TopUpCore

/// How the ramp stands, in words.
enum RampView {
  static func write(
    _ ramp: GetRampResponse, to report: inout Report, time: TimeText = .local
  ) {
    let breaker = ramp.breaker ?? RampBreaker()
    report.add(
      Table(fields: [
        ("charging", state(breaker)),
        ("since", Cell(time.moment(breaker.openedAt))),
        ("given back in a row", Cell("\(breaker.compensations)")),
        ("lets one through from", Cell(time.moment(breaker.probesAt))),
        ("let through", Cell(breaker.probeTopUpID)),
        ("last change", Cell(breaker.reason)),
        ("version", Cell(breaker.version == 0 ? "" : "\(breaker.version)")),
        ("can deliver", Cell(tokens(ramp.headroom))),
        ("spoken for", Cell(tokens(ramp.claimed))),
        ("says", Cell(ramp.headroomDetail, .bad)),
      ]))
    report.section("accepted prices", prices(ramp.prices, time: time))
  }

  static func state(_ breaker: RampBreaker?) -> Cell {
    breaker?.open == true
      ? Cell("stopped: charges were given back in a row", .bad) : Cell("allowed", .good)
  }

  static func prices(_ prices: [TopUpAPI.AcceptedPrice], time: TimeText = .local) -> Table {
    var table = Table(
      .trailing("1 CERE"), "ACCEPTED", .trailing("BAND"), .trailing("VERSION"), "BY", "WHY")
    for price in prices {
      let rate = Decimal.text(Int128(price.rateNano), exponent: 9, trimming: true)
      table.add(
        Cell("\(rate) \(price.currency)"), Cell(time.moment(price.acceptedAt)),
        Cell("±\(price.bandPercent) %"), Cell("\(price.version)"), Cell(price.actor?.name ?? ""),
        Cell(price.actor?.reason ?? ""))
    }
    return table
  }

  private static func tokens(_ planck: String) -> String {
    planck.isEmpty ? "" : TokenText.text(planck, .cere)
  }

  /// - Parameter text: a decimal number with at most nine digits after the point.
  static func rateNano(_ text: String) throws(UsageError) -> Int64 {
    let units: Int128
    do throws(DecimalText.Fault) {
      units = try DecimalText.units(text, exponent: 9, unit: "a rate")
    } catch { throw UsageError("--rate: \(error)") }
    guard let rate = Int64(exactly: units), rate > 0 else {
      throw UsageError("--rate must be above zero, and one that a price can be")
    }
    return rate
  }
}
