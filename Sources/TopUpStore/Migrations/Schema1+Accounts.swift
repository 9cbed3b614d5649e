extension Schema1 {
  /// Who is funded, who pays, and by which rule.
  static let accounts = """
    CREATE TABLE account (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      policy_version INTEGER NOT NULL DEFAULT 0,
      version INTEGER NOT NULL DEFAULT 0,
      episode INTEGER NOT NULL DEFAULT 0,
      is_armed INTEGER NOT NULL DEFAULT 1,
      episode_top_ups INTEGER NOT NULL DEFAULT 0,
      episode_declines INTEGER NOT NULL DEFAULT 0,
      reading_active BLOB CHECK (length(reading_active) = 16),
      reading_total BLOB CHECK (length(reading_total) = 16),
      reading_exists INTEGER,
      reading_block INTEGER,
      reading_hash TEXT,
      reading_at INTEGER,
      last_credit_height INTEGER NOT NULL DEFAULT 0,
      last_credited INTEGER,
      last_finished INTEGER,
      back_off_until INTEGER
    ) STRICT;

    -- Why nothing is charged for an account (invariant 52); what has ended stays on record.
    CREATE TABLE account_block (
      number INTEGER PRIMARY KEY,
      account INTEGER NOT NULL REFERENCES account,
      cause TEXT NOT NULL CHECK (cause IN ('debt', 'fraudWarning', 'operator')),
      actor TEXT NOT NULL CHECK (actor <> ''),
      reason TEXT NOT NULL CHECK (reason <> ''),
      since INTEGER NOT NULL,
      ended INTEGER,
      ended_by TEXT,
      end_reason TEXT,
      CHECK ((ended IS NULL) = (ended_by IS NULL) AND (ended IS NULL) = (end_reason IS NULL))
    ) STRICT;
    CREATE UNIQUE INDEX account_block_open ON account_block (account, cause) WHERE ended IS NULL;
    CREATE TRIGGER account_block_stays BEFORE UPDATE ON account_block
      WHEN OLD.ended IS NOT NULL OR NEW.account <> OLD.account OR NEW.cause <> OLD.cause
        OR NEW.actor <> OLD.actor OR NEW.reason <> OLD.reason OR NEW.since <> OLD.since
    BEGIN SELECT RAISE(ABORT, 'a block only ends (invariant 52)'); END;
    CREATE TRIGGER account_block_is_kept BEFORE DELETE ON account_block
    BEGIN SELECT RAISE(ABORT, 'a block is never removed (invariant 52)'); END;

    -- What one person wants to be forgiven, until another agrees (invariant 52).
    CREATE TABLE debt_release_proposal (
      account INTEGER NOT NULL REFERENCES account,
      -- The last entry that changed what is owed.
      position INTEGER NOT NULL,
      actor TEXT NOT NULL CHECK (actor <> ''),
      caller TEXT,
      reason TEXT NOT NULL CHECK (reason <> ''),
      at INTEGER NOT NULL,
      PRIMARY KEY (account, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER debt_release_proposal_stays BEFORE UPDATE ON debt_release_proposal
    BEGIN SELECT RAISE(ABORT, 'what a person said never changes'); END;
    CREATE TRIGGER debt_release_proposal_is_kept BEFORE DELETE ON debt_release_proposal
    BEGIN SELECT RAISE(ABORT, 'what a person said is never removed'); END;

    -- Every version stays: each top-up names the one it was decided by (invariant 47).
    CREATE TABLE policy (
      account INTEGER NOT NULL REFERENCES account,
      version INTEGER NOT NULL CHECK (version > 0),
      payer INTEGER NOT NULL REFERENCES payer,
      is_enabled INTEGER NOT NULL,
      threshold BLOB NOT NULL CHECK (length(threshold) = 16),
      currency TEXT NOT NULL,
      fixed_minor_units INTEGER,
      refill_to BLOB CHECK (length(refill_to) = 16),
      tier TEXT,
      min_per_top_up INTEGER NOT NULL,
      max_per_top_up INTEGER NOT NULL,
      day_count INTEGER,
      day_minor_units INTEGER,
      month_count INTEGER,
      month_minor_units INTEGER,
      time_zone TEXT NOT NULL,
      rearm_margin BLOB NOT NULL CHECK (length(rearm_margin) = 16),
      cooldown BLOB NOT NULL CHECK (length(cooldown) = 16),
      low_cooldown BLOB NOT NULL CHECK (length(low_cooldown) = 16),
      min_runway BLOB CHECK (length(min_runway) = 16),
      slippage_basis_points INTEGER NOT NULL,
      hold_new_card BLOB CHECK (length(hold_new_card) = 16),
      hold_risk TEXT CHECK (hold_risk IN ('normal', 'elevated', 'highest')),
      hold_risk_span BLOB CHECK (length(hold_risk_span) = 16),
      remainder TEXT NOT NULL CHECK (remainder IN ('reorder', 'refund')),
      debt TEXT NOT NULL CHECK (debt IN ('net', 'block', 'forgive')),
      arrive_before_empty BLOB CHECK (length(arrive_before_empty) = 16),
      updated INTEGER NOT NULL,
      PRIMARY KEY (account, version),
      CHECK ((fixed_minor_units IS NOT NULL) + (refill_to IS NOT NULL) + (tier IS NOT NULL) = 1)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX policy_payer ON policy (payer);
    CREATE TRIGGER policy_stays BEFORE UPDATE ON policy
    BEGIN SELECT RAISE(ABORT, 'a policy version never changes'); END;

    CREATE TABLE policy_card (
      account INTEGER NOT NULL,
      version INTEGER NOT NULL,
      rank INTEGER NOT NULL,
      card TEXT NOT NULL,
      PRIMARY KEY (account, version, rank),
      FOREIGN KEY (account, version) REFERENCES policy
    ) STRICT, WITHOUT ROWID;

    -- In the policy's own currency.
    CREATE TABLE policy_schedule (
      account INTEGER NOT NULL,
      version INTEGER NOT NULL,
      rank INTEGER NOT NULL,
      day_of_month INTEGER NOT NULL CHECK (day_of_month BETWEEN 1 AND 31),
      minute_of_day INTEGER NOT NULL CHECK (minute_of_day BETWEEN 0 AND 1439),
      minor_units INTEGER NOT NULL CHECK (minor_units > 0),
      since INTEGER NOT NULL,
      PRIMARY KEY (account, version, rank),
      UNIQUE (account, version, day_of_month, minute_of_day),
      FOREIGN KEY (account, version) REFERENCES policy
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER policy_schedule_stays BEFORE UPDATE ON policy_schedule
    BEGIN SELECT RAISE(ABORT, 'a policy version never changes'); END;

    -- What became of each occurrence of a calendar: the episode that it began, or nothing. One answer
    -- each, and one success in each episode: no occurrence is charged twice (invariant 3).
    CREATE TABLE occurrence (
      account INTEGER NOT NULL REFERENCES account,
      name TEXT NOT NULL,
      moment INTEGER NOT NULL,
      episode INTEGER CHECK (episode > 0),
      settled INTEGER NOT NULL,
      PRIMARY KEY (account, name)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX occurrence_moment ON occurrence (account, moment);
    CREATE INDEX occurrence_episode ON occurrence (account, episode) WHERE episode IS NOT NULL;
    CREATE TRIGGER occurrence_stays BEFORE UPDATE ON occurrence
    BEGIN SELECT RAISE(ABORT, 'an occurrence has one answer (invariant 3)'); END;
    CREATE TRIGGER occurrence_is_kept BEFORE DELETE ON occurrence
    BEGIN SELECT RAISE(ABORT, 'an occurrence is never removed (invariant 3)'); END;

    -- The row outlives the look, so that its generation never falls.
    CREATE TABLE evaluation (
      account INTEGER PRIMARY KEY REFERENCES account,
      due INTEGER,
      generation INTEGER NOT NULL,
      severity INTEGER,
      unbilled BLOB CHECK (length(unbilled) = 16),
      burn_per_era BLOB CHECK (length(burn_per_era) = 16),
      events INTEGER,
      severity_seen INTEGER
    ) STRICT;
    CREATE INDEX evaluation_due ON evaluation (due) WHERE due IS NOT NULL;

    CREATE TABLE decision (
      position INTEGER PRIMARY KEY,
      account INTEGER NOT NULL REFERENCES account,
      at INTEGER NOT NULL,
      top_up TEXT,
      skip TEXT,
      explanation TEXT NOT NULL,
      effective BLOB CHECK (length(effective) = 16),
      block INTEGER NOT NULL,
      policy_version INTEGER NOT NULL,
      episode INTEGER NOT NULL,
      events INTEGER NOT NULL,
      -- What it looked at and what came of it, to be decided again (invariant 1).
      input BLOB,
      outcome BLOB CHECK (length(outcome) = 8),
      CHECK ((input IS NULL) = (outcome IS NULL)),
      -- Invariant 5: one outcome each.
      CHECK ((top_up IS NULL) <> (skip IS NULL))
    ) STRICT;
    CREATE INDEX decision_account ON decision (account);
    CREATE TRIGGER decision_stays BEFORE UPDATE ON decision
    BEGIN SELECT RAISE(ABORT, 'a decision never changes'); END;

    -- A rule that is tried beside the account's own; kept with its counts after it was ended.
    CREATE TABLE shadow_policy (
      account INTEGER PRIMARY KEY REFERENCES account,
      version INTEGER NOT NULL CHECK (version > 0),
      rule BLOB,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      reason TEXT NOT NULL,
      looks INTEGER NOT NULL DEFAULT 0,
      would_charge INTEGER NOT NULL DEFAULT 0,
      would_skip INTEGER NOT NULL DEFAULT 0,
      other_amount INTEGER NOT NULL DEFAULT 0,
      other_reason INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    -- The newest of each account.
    CREATE TABLE shadow_difference (
      position INTEGER PRIMARY KEY,
      account INTEGER NOT NULL REFERENCES account,
      at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      live TEXT NOT NULL,
      live_explanation TEXT NOT NULL,
      shadow TEXT NOT NULL,
      shadow_explanation TEXT NOT NULL
    ) STRICT;
    CREATE INDEX shadow_difference_account ON shadow_difference (account);

    CREATE TABLE payer (
      number INTEGER PRIMARY KEY,
      tenant TEXT NOT NULL,
      user TEXT NOT NULL,
      customer TEXT UNIQUE,
      UNIQUE (tenant, user)
    ) STRICT;

    CREATE TABLE card (
      id TEXT NOT NULL PRIMARY KEY,
      payer INTEGER NOT NULL REFERENCES payer,
      rank INTEGER NOT NULL,
      added INTEGER NOT NULL,
      customer TEXT,
      brand TEXT NOT NULL,
      last4 TEXT NOT NULL,
      expiry_month INTEGER NOT NULL,
      expiry_year INTEGER NOT NULL,
      funding TEXT NOT NULL,
      country TEXT NOT NULL,
      fingerprint TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX card_payer ON card (payer, rank);

    -- Detached is for ever: whoever asked about a card before brings it back no more.
    CREATE TABLE card_removed (
      id TEXT NOT NULL PRIMARY KEY,
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE card_setup (
      id TEXT NOT NULL PRIMARY KEY,
      payer INTEGER NOT NULL REFERENCES payer,
      make_default INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- What was agreed stays on record after it is withdrawn (invariant 12).
    CREATE TABLE consent (
      number INTEGER PRIMARY KEY,
      payer INTEGER NOT NULL REFERENCES payer,
      text_version TEXT NOT NULL,
      agreed INTEGER NOT NULL,
      charge_max INTEGER,
      charge_max_currency TEXT,
      month_max INTEGER,
      month_max_currency TEXT,
      actor TEXT NOT NULL,
      ended INTEGER,
      ended_by TEXT
    ) STRICT;
    CREATE UNIQUE INDEX consent_payer ON consent (payer) WHERE ended IS NULL;

    CREATE TABLE breaker (
      number INTEGER PRIMARY KEY,
      account INTEGER NOT NULL REFERENCES account,
      fingerprint TEXT NOT NULL,
      opened INTEGER NOT NULL,
      reason TEXT NOT NULL,
      awaits_correction INTEGER NOT NULL,
      cleared INTEGER,
      cleared_by TEXT
    ) STRICT;
    CREATE UNIQUE INDEX breaker_open ON breaker (account, fingerprint) WHERE cleared IS NULL;
    CREATE INDEX breaker_card ON breaker (fingerprint) WHERE cleared IS NULL;
    """
}
