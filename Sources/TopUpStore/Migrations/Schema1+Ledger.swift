extension Schema1 {
  /// The ledger: entries that nothing changes, each with the digest over all before it, and its
  /// legs, each chained to the one before it in its account.
  ///
  /// Legs are not keyed by account: appended in one place they hold three times the rate of a table
  /// that is (measured at 10^6 entries). A leg's number is its entry's position times 64 plus its
  /// place, so that no column and no index joins the two.
  static let ledger = """
    CREATE TABLE ledger_account (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      asset TEXT NOT NULL,
      owner INTEGER REFERENCES account,
      balance BLOB NOT NULL CHECK (length(balance) = 16),
      last_posting INTEGER
    ) STRICT;
    CREATE INDEX ledger_account_owner ON ledger_account (owner) WHERE owner IS NOT NULL;

    CREATE TABLE entry (
      position INTEGER PRIMARY KEY CHECK (position > 0),
      top_up INTEGER REFERENCES top_up,
      description TEXT NOT NULL,
      corrects INTEGER REFERENCES entry,
      at INTEGER NOT NULL,
      digest BLOB NOT NULL CHECK (length(digest) = 32)
    ) STRICT;
    CREATE INDEX entry_top_up ON entry (top_up) WHERE top_up IS NOT NULL;

    CREATE TABLE posting (
      number INTEGER PRIMARY KEY,
      account INTEGER NOT NULL,
      prev INTEGER CHECK (prev < number),
      amount BLOB NOT NULL CHECK (length(amount) = 16),
      balance_after BLOB NOT NULL CHECK (length(balance_after) = 16)
    ) STRICT;

    CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'an entry never changes (invariant 25)'); END;
    CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'an entry is never removed (invariant 25)'); END;
    CREATE TRIGGER posting_stays BEFORE UPDATE ON posting
    BEGIN SELECT RAISE(ABORT, 'a posting never changes (invariant 25)'); END;
    CREATE TRIGGER posting_is_kept BEFORE DELETE ON posting
    BEGIN SELECT RAISE(ABORT, 'a posting is never removed (invariant 25)'); END;
    """
}
