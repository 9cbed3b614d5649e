import StrictJSON
import TopUpCore

/// A price the ramp stands by until it expires, for one order.
struct SimulatedQuote: Sendable {
  let id: String
  let cluster: ClusterID
  let currency: Currency
  /// Nano-units of the currency for one CERE.
  let rateNano: Int64
  let gross: Int64
  let fee: Int64
  let planck: Planck
  let created: UnixTime
  let expires: UnixTime
  /// The order that used it up.
  var usedBy: String?

  var json: JSON {
    [
      "id": .string(id), "rate_nano": .integer(rateNano), "currency": .string(currency.code),
      "gross_minor": .integer(gross), "fee_minor": .integer(fee),
      "net_minor": .integer(gross - fee), "planck": .string(planck.decimal),
      "created_ms": .integer(created.milliseconds), "expires_ms": .integer(expires.milliseconds),
    ]
  }
}

/// The ramp's arithmetic: tokens are rounded down, money asked is rounded up, fees up.
struct RampPricing {
  let feeBasisPoints: Int64
  let feeFixed: Int64

  /// The fee on a gross amount, in minor units.
  func fee(on gross: Int64) -> Int64 {
    (gross * feeBasisPoints + 9_999) / 10_000 + feeFixed
  }

  /// Planck for a net amount: at two decimals, net × 10^17 / rate.
  static func tokens(net: Int64, _ currency: Currency, rateNano: Int64) -> Planck {
    Planck(Int128(net) * power(19 - currency.exponent) / Int128(rateNano))
  }

  /// The least gross amount that leaves enough for so many planck.
  func gross(for planck: Planck, _ currency: Currency, rateNano: Int64) -> Int64? {
    let unit = Self.power(19 - currency.exponent)
    let (product, overflow) = planck.units.multipliedReportingOverflow(by: Int128(rateNano))
    guard !overflow, let net = Int64(exactly: (product + unit - 1) / unit), net < 1 << 40 else {
      return nil
    }
    var gross = (net + feeFixed) * 10_000 / (10_000 - feeBasisPoints)
    while gross - fee(on: gross) < net { gross += 1 }
    while gross > 1, gross - 1 - fee(on: gross - 1) >= net { gross -= 1 }
    return gross
  }

  private static func power(_ exponent: Int) -> Int128 {
    (0..<exponent).reduce(Int128(1)) { product, _ in product * 10 }
  }
}
