extension Schema1 {
  /// What people are to be told. That something was told is kept for ever; what it said, as long as
  /// notices are kept. The newest always stays, so that every reader sees where the end is.
  static let notices = """
    CREATE TABLE notice_told (
      account INTEGER NOT NULL REFERENCES account,
      occasion TEXT NOT NULL CHECK (occasion <> ''),
      kind TEXT NOT NULL,
      position INTEGER NOT NULL UNIQUE,
      PRIMARY KEY (account, occasion, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER notice_told_stays BEFORE UPDATE ON notice_told
    BEGIN SELECT RAISE(ABORT, 'what was told stays told (invariant 45)'); END;
    CREATE TRIGGER notice_told_is_kept BEFORE DELETE ON notice_told
    BEGIN SELECT RAISE(ABORT, 'what was told stays told (invariant 45)'); END;

    CREATE TABLE notice (
      position INTEGER PRIMARY KEY,
      account INTEGER NOT NULL REFERENCES account,
      payer INTEGER NOT NULL REFERENCES payer,
      occasion TEXT NOT NULL,
      kind TEXT NOT NULL,
      top_up TEXT,
      version INTEGER,
      amount INTEGER,
      currency TEXT,
      decline TEXT,
      retry_at INTEGER,
      card TEXT,
      text TEXT NOT NULL,
      at INTEGER NOT NULL,
      CHECK ((amount IS NULL) = (currency IS NULL)),
      CHECK ((top_up IS NULL) = (version IS NULL)),
      FOREIGN KEY (account, occasion, kind) REFERENCES notice_told
    ) STRICT;
    CREATE INDEX notice_account ON notice (account);
    CREATE INDEX notice_payer ON notice (payer);
    CREATE TRIGGER notice_stays BEFORE UPDATE ON notice
    BEGIN SELECT RAISE(ABORT, 'a notice never changes (invariant 45)'); END;
    CREATE TRIGGER notice_newest_is_kept BEFORE DELETE ON notice
      WHEN OLD.position = (SELECT max(position) FROM notice)
    BEGIN SELECT RAISE(ABORT, 'the newest notice is kept'); END;
    """
}
