internal import TopUpCore

// How the ramp stands, what it is promised, and at which prices.

extension Changes {
  func put(_ standing: RampStanding) throws(SQLiteError) -> Conflict? {
    guard standing.version == (try connection.rampStanding().version) &+ 1 else {
      return .changed("ramp")
    }
    try connection.run(
      """
      INSERT INTO ramp_standing (version, at, compensations, opened, probes_at, probe, cause)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      standing.version, now, standing.compensations, standing.opened, standing.probesAt,
      standing.probe, standing.cause)
    return nil
  }

  func put(_ price: AcceptedPrice) throws(SQLiteError) -> Conflict? {
    let known = try connection.first(
      "SELECT ifnull(max(version), 0) FROM accepted_price WHERE currency = ?", price.currency
    ) { row throws(SQLiteError) in try row.int() }
    guard price.version == (known ?? 0) &+ 1 else {
      return .changed("price in \(price.currency.code)")
    }
    try connection.run(
      """
      INSERT INTO accepted_price (currency, version, rate_nano, at, actor, reason)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      price.currency, price.version, price.rateNano, price.accepted, price.actor, price.reason)
    return nil
  }

  /// What has begun since the claims were read counts with what it was decided for, whatever has
  /// become of it: the ramp may have taken it on after it was asked.
  func hold(_ headroom: Headroom) throws(SQLiteError) -> Conflict? {
    let begun = try connection.all(
      "SELECT tokens FROM quote WHERE top_up > ? AND number = 0", headroom.through
    ) { row throws(SQLiteError) in try row.planck() }
    var left = headroom.free
    for tokens in begun {
      let (rest, overflow) = left.subtractingReportingOverflow(tokens.units)
      guard !overflow, rest >= 0 else { return .changed("what the ramp can deliver") }
      left = rest
    }
    return nil
  }
}
