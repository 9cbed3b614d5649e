extension Schema1 {
  /// One-time tokens for persons who must authenticate, by their digests alone.
  static let authentication = """
    CREATE TABLE authentication (
      number INTEGER PRIMARY KEY,
      top_up INTEGER NOT NULL REFERENCES top_up,
      attempt INTEGER NOT NULL,
      digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
      return_url TEXT NOT NULL,
      caller TEXT NOT NULL CHECK (caller <> ''),
      issued INTEGER NOT NULL,
      expires INTEGER NOT NULL,
      redeemed INTEGER,
      FOREIGN KEY (top_up, attempt) REFERENCES attempt
    ) STRICT;
    CREATE INDEX authentication_top_up ON authentication (top_up, number);
    CREATE TRIGGER authentication_stays BEFORE UPDATE ON authentication
      WHEN OLD.redeemed IS NOT NULL OR NEW.redeemed IS NULL OR NEW.digest <> OLD.digest
        OR NEW.top_up <> OLD.top_up OR NEW.attempt <> OLD.attempt
        OR NEW.expires <> OLD.expires
    BEGIN SELECT RAISE(ABORT, 'a token is used once, and nothing else of it changes'); END;
    CREATE TRIGGER authentication_is_kept BEFORE DELETE ON authentication
    BEGIN SELECT RAISE(ABORT, 'who was given a token is never removed'); END;
    """
}
