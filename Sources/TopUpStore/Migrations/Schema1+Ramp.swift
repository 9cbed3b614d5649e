extension Schema1 {
  /// How the ramp stands and at which prices it was bought from, each version of it.
  static let ramp = """
    CREATE TABLE ramp_standing (
      version INTEGER PRIMARY KEY CHECK (version > 0),
      at INTEGER NOT NULL,
      compensations INTEGER NOT NULL CHECK (compensations >= 0),
      opened INTEGER,
      probes_at INTEGER,
      probe TEXT,
      cause TEXT NOT NULL CHECK (cause <> ''),
      CHECK ((opened IS NULL) = (probes_at IS NULL)),
      CHECK (opened IS NOT NULL OR probe IS NULL)
    ) STRICT;
    CREATE TRIGGER ramp_standing_stays BEFORE UPDATE ON ramp_standing
    BEGIN SELECT RAISE(ABORT, 'how the ramp stood never changes'); END;
    CREATE TRIGGER ramp_standing_is_kept BEFORE DELETE ON ramp_standing
    BEGIN SELECT RAISE(ABORT, 'how the ramp stood is never removed'); END;

    CREATE TABLE accepted_price (
      currency TEXT NOT NULL,
      version INTEGER NOT NULL CHECK (version > 0),
      rate_nano INTEGER NOT NULL CHECK (rate_nano > 0),
      at INTEGER NOT NULL,
      actor TEXT NOT NULL CHECK (actor <> ''),
      reason TEXT NOT NULL CHECK (reason <> ''),
      PRIMARY KEY (currency, version)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER accepted_price_stays BEFORE UPDATE ON accepted_price
    BEGIN SELECT RAISE(ABORT, 'an accepted price never changes'); END;
    CREATE TRIGGER accepted_price_is_kept BEFORE DELETE ON accepted_price
    BEGIN SELECT RAISE(ABORT, 'an accepted price is never removed'); END;
    """
}
