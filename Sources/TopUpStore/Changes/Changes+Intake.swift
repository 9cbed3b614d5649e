internal import TopUpCore

extension Changes {
  func remember(_ request: StoredRequest) throws(SQLiteError) -> Conflict? {
    try connection.run(
      "INSERT INTO request (caller, key, digest, result, at) VALUES (?, ?, ?, ?, ?)",
      request.caller, request.key, request.digest, request.result, now)
    return nil
  }

  func advance(
    _ source: SourceID, _ from: UInt64, _ to: UInt64
  ) throws(SQLiteError) -> Conflict? {
    guard to >= from else { return .forbidden("the mark of \(source.name) never falls") }
    let changed = try connection.run(
      "UPDATE source SET high_water = ? WHERE name = ? AND epoch = ? AND high_water = ?",
      to, source.name, source.epoch, from)
    if changed == 1 { return nil }
    guard from == 0 else { return .changed("source \(source.name)") }
    // No row stands for a mark of 0.
    let added = try connection.run(
      """
      INSERT INTO source (name, epoch, high_water) VALUES (?, ?, ?)
      ON CONFLICT (name, epoch) DO NOTHING
      """, source.name, source.epoch, to)
    return added == 1 ? nil : .changed("source \(source.name)")
  }

  func remember(
    _ source: String, _ id: [UInt8], _ digest: [UInt8]
  ) throws(SQLiteError) -> Conflict? {
    try connection.run(
      "INSERT INTO reported_event (source, id, digest, at) VALUES (?, ?, ?, ?)",
      source, id, digest, now)
    return nil
  }

  func receive(_ event: InboxEvent) throws(SQLiteError) -> Conflict? {
    try connection.run(
      """
      INSERT INTO inbox (id, type, object, intent, body, received, due)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (id) DO NOTHING
      """,
      event.id, event.type, event.object, event.intent, event.body, event.received)
    return nil
  }

  /// Applied once: a second worker's effects are refused with it (invariant 35).
  func applyInbox(_ id: String) throws(SQLiteError) -> Conflict? {
    let changed = try connection.run(
      """
      UPDATE inbox SET applied = ?, last_error = NULL, given_up = NULL
      WHERE id = ? AND applied IS NULL
      """, now, id)
    return changed == 1 ? nil : try notWaiting(id)
  }

  /// - Parameter retry: nil gives it up.
  func failInbox(
    _ id: String, _ reason: String, _ retry: UnixTime?
  ) throws(SQLiteError) -> Conflict? {
    let changed = try connection.run(
      """
      UPDATE inbox SET tries = tries + 1, last_error = ?1, due = ifnull(?2, due),
        given_up = iif(?2 IS NULL, ?3, NULL)
      WHERE id = ?4 AND applied IS NULL AND given_up IS NULL
      """, reason, retry, now, id)
    return changed == 1 ? nil : try notWaiting(id)
  }

  /// Due at once, with as many tries before it as a new one has.
  func replayInbox(
    _ id: String, _ actor: String, _ reason: String
  ) throws(SQLiteError) -> Conflict? {
    let noted = try connection.run(
      """
      INSERT INTO inbox_replay (event, actor, reason, tries, given_up, at)
      SELECT number, ?2, ?3, tries, given_up, ?4 FROM inbox WHERE id = ?1 AND applied IS NULL
      """, id, actor, reason, now)
    guard noted == 1 else { return try notWaiting(id) }
    try connection.run(
      "UPDATE inbox SET given_up = NULL, tries = 0, due = ? WHERE id = ?", now, id)
    return nil
  }

  private func notWaiting(_ id: String) throws(SQLiteError) -> Conflict {
    let isKnown = try connection.first("SELECT 1 FROM inbox WHERE id = ?", id) { _ in true }
    return isKnown == nil ? .missing("inbox event \(id)") : .changed("inbox event \(id)")
  }

  func noteOutside(_ marks: OutsideMarks) throws(SQLiteError) -> Conflict? {
    try connection.run(
      """
      UPDATE store SET events_through = max(ifnull(?1, events_through), ifnull(events_through, ?1)),
        orders_cursor = ?2
      """, marks.eventsThrough, marks.ordersCursor)
    return nil
  }

  func markBehind(_ reason: String) throws(SQLiteError) -> Conflict? {
    try connection.run("UPDATE store SET behind = ifnull(behind, ?)", reason)
    return nil
  }

  func settle(_ object: String, _ actor: String) throws(SQLiteError) -> Conflict? {
    try connection.run(
      """
      INSERT INTO settled_by_hand (object, actor, at) VALUES (?, ?, ?)
      ON CONFLICT (object) DO NOTHING
      """, object, actor, now)
    return nil
  }

  /// How many episodes are left out: more than an account has in any life of a store.
  static let episodesLeftOut: Int64 = 1_000_000

  func clearBehind(_ actor: String, _ through: UnixTime) throws(SQLiteError) -> Conflict? {
    let cleared = try connection.run(
      """
      INSERT INTO behind_cleared (at, behind, actor, through)
      SELECT ?1, behind, ?2, ?3 FROM store WHERE behind IS NOT NULL
      """, now, actor, through)
    guard cleared == 1 else { return .changed("the store is not behind") }
    try connection.run("UPDATE store SET behind = NULL, settled_through = ?", through)
    try connection.run(
      "UPDATE account SET episode = episode + ?, version = version + 1", Self.episodesLeftOut)
    return nil
  }

  func propose(_ proposal: ReviewProposal) throws(SQLiteError) -> Conflict? {
    let added = try connection.run(
      """
      INSERT INTO review_proposal (top_up, version, verb, actor, caller, reason, at)
      SELECT number, version, ?3, ?4, ?5, ?6, ?7 FROM top_up WHERE id = ?1 AND version = ?2
      ON CONFLICT (top_up, version, verb) DO NOTHING
      """,
      proposal.topUp, proposal.version, proposal.verb, proposal.actor, proposal.caller,
      proposal.reason, proposal.at)
    return added == 1 ? nil : .changed("top-up \(proposal.topUp)")
  }

  func setKillSwitch(_ isOn: Bool, _ actor: String) throws(SQLiteError) -> Conflict? {
    try connection.run("UPDATE store SET kill_switch = ?", isOn)
    try connection.run(
      "INSERT INTO kill_switch_change (at, is_on, actor) VALUES (?, ?, ?)", now, isOn, actor)
    return nil
  }
}
