internal import TopUpCore

extension Connection {
  func rampStanding() throws(SQLiteError) -> RampStanding {
    try first(
      """
      SELECT compensations, opened, probes_at, probe, cause, version FROM ramp_standing
      ORDER BY version DESC LIMIT 1
      """
    ) { row throws(SQLiteError) in
      RampStanding(
        compensations: try row.small(), opened: try row.optionalTime(),
        probesAt: try row.optionalTime(),
        probe: try row.optional { row throws(SQLiteError) in try row.id() },
        cause: try row.text(), version: try row.int())
    } ?? RampStanding()
  }

  /// Sums stay at the end of the range: nothing is free then.
  func headroomClaims() throws(SQLiteError) -> Headroom.Claims {
    let claims = try all("SELECT claimed FROM top_up WHERE claimed IS NOT NULL") {
      row throws(SQLiteError) in try row.planck()
    }
    let through = try first("SELECT ifnull(max(number), 0) FROM top_up") {
      row throws(SQLiteError) in try row.int()
    }
    var sum: Int128 = 0
    for claim in claims {
      let (next, overflow) = sum.addingReportingOverflow(claim.units)
      sum = overflow ? .max : next
    }
    return Headroom.Claims(tokens: Planck(sum), through: through ?? 0)
  }

  func acceptedPrices() throws(SQLiteError) -> [AcceptedPrice] {
    try all(
      """
      SELECT currency, rate_nano, at, actor, reason, version FROM accepted_price p
      WHERE version = (SELECT max(version) FROM accepted_price WHERE currency = p.currency)
      ORDER BY currency
      """
    ) { row throws(SQLiteError) in
      AcceptedPrice(
        currency: try row.currency(), rateNano: try row.int(), accepted: try row.time(),
        actor: try row.text(), reason: try row.text(), version: try row.int())
    }
  }
}
