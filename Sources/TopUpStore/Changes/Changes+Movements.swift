internal import TopUpCore

extension Changes {
  /// Once, by its id: what is committed with a second note of it is refused with it.
  func note(_ movement: ProcessorMovement) throws(SQLiteError) -> Conflict? {
    let added = try connection.run(
      """
      INSERT INTO processor_movement (id, kind, source, currency, amount, fee, created, noted)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
      """,
      movement.id, movement.kind.name, movement.source, movement.amount.currency.code,
      movement.amount.minorUnits, movement.fee, movement.created, now)
    return added == 1 ? nil : .changed("movement \(movement.id)")
  }
}
