extension Schema1 {
  /// Credits that were used, given back or handed on, each once, with its entry.
  static let credits = """
    CREATE TABLE credit_movement (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL CHECK (kind IN ('deduction', 'give_back', 'transfer')),
      account INTEGER NOT NULL REFERENCES account,
      units BLOB NOT NULL CHECK (length(units) = 16),
      -- Of a deduction: what of it was given back, never more than it took.
      given_back BLOB NOT NULL CHECK (length(given_back) = 16 AND given_back <= units),
      deduction INTEGER REFERENCES credit_movement CHECK ((deduction IS NULL) = (kind <> 'give_back')),
      entry INTEGER NOT NULL UNIQUE REFERENCES entry
    ) STRICT;
    CREATE TRIGGER credit_movement_stays BEFORE UPDATE ON credit_movement
      WHEN NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.account <> OLD.account
        OR NEW.units <> OLD.units OR NEW.entry <> OLD.entry OR NEW.given_back < OLD.given_back
    BEGIN SELECT RAISE(ABORT, 'a movement of credits never changes (invariant 25)'); END;
    CREATE TRIGGER credit_movement_is_kept BEFORE DELETE ON credit_movement
    BEGIN SELECT RAISE(ABORT, 'a movement of credits is never removed (invariant 25)'); END;
    """
}
