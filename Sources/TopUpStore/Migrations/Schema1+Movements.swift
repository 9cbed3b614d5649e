extension Schema1 {
  /// The processor's own movements of our balance, each posted once, by its id.
  static let movements = """
    CREATE TABLE processor_movement (
      id TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      source TEXT,
      currency TEXT NOT NULL,
      amount INTEGER NOT NULL,
      fee INTEGER NOT NULL,
      created INTEGER NOT NULL,
      noted INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX processor_movement_created ON processor_movement (created, id);
    CREATE TRIGGER processor_movement_stays BEFORE UPDATE ON processor_movement
    BEGIN SELECT RAISE(ABORT, 'a movement at the processor never changes'); END;
    CREATE TRIGGER processor_movement_is_kept BEFORE DELETE ON processor_movement
    BEGIN SELECT RAISE(ABORT, 'a movement at the processor is never removed'); END;
    """
}
