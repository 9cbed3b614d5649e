extension Schema1 {
  /// The store itself, and what comes in from outside.
  static let intake = """
    -- Which texts made this schema, as digests.
    CREATE TABLE migration (
      number INTEGER PRIMARY KEY,
      digest TEXT NOT NULL
    ) STRICT;

    CREATE TABLE store (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      id TEXT NOT NULL,
      fence INTEGER NOT NULL CHECK (fence >= 0),
      kill_switch INTEGER NOT NULL DEFAULT 0 CHECK (kill_switch IN (0, 1)),
      -- By the processor's clock: every event of its up to then has been asked for.
      events_through INTEGER,
      -- Where the ramp's list of orders has been read to.
      orders_cursor TEXT,
      -- Why this file is not the whole truth of its store (invariant 50).
      behind TEXT,
      -- Up to when, by the processor's clock, what it does not have was settled by persons.
      settled_through INTEGER,
      -- Of the price lists that the last start had.
      prices BLOB,
      -- How many groups of commits this file has: what a reader sees says by itself how new it is.
      commit_groups INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TRIGGER store_stays BEFORE UPDATE ON store
      WHEN NEW.id <> OLD.id OR NEW.fence < OLD.fence OR NEW.events_through < OLD.events_through
        OR NEW.commit_groups < OLD.commit_groups
    BEGIN SELECT RAISE(ABORT, 'a store keeps its id, and its fence never falls'); END;

    -- What persons settled outside, and who let the store send again (invariants 50, 52).
    CREATE TABLE settled_by_hand (
      object TEXT NOT NULL PRIMARY KEY,
      actor TEXT NOT NULL CHECK (actor <> ''),
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER settled_by_hand_stays BEFORE UPDATE ON settled_by_hand
    BEGIN SELECT RAISE(ABORT, 'what a person settled never changes'); END;
    CREATE TRIGGER settled_by_hand_is_kept BEFORE DELETE ON settled_by_hand
    BEGIN SELECT RAISE(ABORT, 'what a person settled is never removed'); END;
    CREATE TABLE behind_cleared (
      number INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      behind TEXT NOT NULL,
      actor TEXT NOT NULL CHECK (actor <> ''),
      through INTEGER NOT NULL
    ) STRICT;

    -- Who switched it, and when (invariant 52).
    CREATE TABLE kill_switch_change (
      number INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      is_on INTEGER NOT NULL,
      actor TEXT NOT NULL
    ) STRICT;

    CREATE TABLE request (
      caller TEXT NOT NULL,
      key TEXT NOT NULL,
      digest BLOB NOT NULL,
      result TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (caller, key)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE source (
      name TEXT NOT NULL,
      epoch INTEGER NOT NULL,
      high_water INTEGER NOT NULL,
      PRIMARY KEY (name, epoch)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE reported_event (
      source TEXT NOT NULL,
      id BLOB NOT NULL,
      digest BLOB NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (source, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE inbox (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      type TEXT NOT NULL,
      object TEXT NOT NULL,
      intent TEXT,
      body BLOB NOT NULL,
      received INTEGER NOT NULL,
      due INTEGER NOT NULL,
      applied INTEGER,
      tries INTEGER NOT NULL DEFAULT 0,
      last_error TEXT,
      -- Since when it is tried no more.
      given_up INTEGER,
      CHECK (applied IS NULL OR given_up IS NULL)
    ) STRICT;
    CREATE INDEX inbox_waiting ON inbox (due) WHERE applied IS NULL AND given_up IS NULL;
    CREATE INDEX inbox_given_up ON inbox (given_up) WHERE given_up IS NOT NULL;
    CREATE INDEX inbox_stuck ON inbox (number) WHERE applied IS NULL AND tries > 0;
    -- Invariant 35: its effects are committed with it, once.
    CREATE TRIGGER inbox_stays_applied BEFORE UPDATE ON inbox WHEN OLD.applied IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'an event that is applied never changes'); END;

    -- Who had an event tried again, and why (invariant 52).
    CREATE TABLE inbox_replay (
      number INTEGER PRIMARY KEY,
      event INTEGER NOT NULL REFERENCES inbox,
      actor TEXT NOT NULL CHECK (actor <> ''),
      reason TEXT NOT NULL CHECK (reason <> ''),
      tries INTEGER NOT NULL,
      given_up INTEGER,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER inbox_replay_stays BEFORE UPDATE ON inbox_replay
    BEGIN SELECT RAISE(ABORT, 'what a person did never changes'); END;
    CREATE TRIGGER inbox_replay_is_kept BEFORE DELETE ON inbox_replay
    BEGIN SELECT RAISE(ABORT, 'what a person did is never removed'); END;
    """
}
