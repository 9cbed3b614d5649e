extension Schema1 {
  /// Top-ups with their legs, transitions and reservations.
  static let topUps = """
    CREATE TABLE top_up (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      account INTEGER NOT NULL REFERENCES account,
      payer INTEGER NOT NULL REFERENCES payer,
      trigger TEXT NOT NULL
        CHECK (trigger IN ('user', 'threshold', 'runway', 'schedule', 'subscription')),
      is_automatic INTEGER NOT NULL CHECK (is_automatic = (trigger <> 'user')),
      episode INTEGER,
      currency TEXT NOT NULL,
      amount INTEGER NOT NULL CHECK (amount > 0),
      fee INTEGER NOT NULL CHECK (fee >= 0),
      tax INTEGER NOT NULL CHECK (tax >= 0),
      debt_part INTEGER NOT NULL CHECK (debt_part >= 0 AND debt_part < amount),
      credits BLOB CHECK (length(credits) = 16),
      on_session INTEGER NOT NULL,
      policy_version INTEGER NOT NULL,
      slippage_basis_points INTEGER NOT NULL,
      hold_new_card BLOB CHECK (length(hold_new_card) = 16),
      hold_risk TEXT CHECK (hold_risk IN ('normal', 'elevated', 'highest')),
      hold_risk_span BLOB CHECK (length(hold_risk_span) = 16),
      remainder TEXT NOT NULL CHECK (remainder IN ('reorder', 'refund')),
      description TEXT NOT NULL,
      created INTEGER NOT NULL,

      state TEXT NOT NULL,
      is_terminal INTEGER NOT NULL CHECK (is_terminal = (state IN
        ('credited', 'declined', 'cancelled', 'expired', 'refunded', 'reversed'))),
      version INTEGER NOT NULL CHECK (version > 0),
      charged INTEGER NOT NULL CHECK (charged >= 0),
      absorbed INTEGER NOT NULL CHECK (absorbed >= 0),
      delivered INTEGER NOT NULL CHECK (delivered >= 0),
      fee_taken INTEGER NOT NULL CHECK (fee_taken >= 0),
      tax_taken INTEGER NOT NULL CHECK (tax_taken >= 0),
      repaid INTEGER NOT NULL CHECK (repaid >= 0 AND repaid <= debt_part),
      refunded INTEGER NOT NULL CHECK (refunded >= 0),
      disputed INTEGER NOT NULL CHECK (disputed >= 0),
      held INTEGER NOT NULL CHECK (held >= 0),
      lost INTEGER NOT NULL CHECK (lost >= 0),
      next_check INTEGER,
      looks INTEGER NOT NULL,
      review_reason TEXT,
      review_resume TEXT,
      review_offer BLOB CHECK (length(review_offer) = 16),
      resumed INTEGER,
      -- Why the deposit waited, or waits.
      hold_cause TEXT CHECK (hold_cause IN ('newCard', 'risk', 'fraudWarning', 'dispute')),
      hold_level TEXT CHECK (hold_level IN ('normal', 'elevated', 'highest')),
      hold_since INTEGER,
      hold_until INTEGER,
      hold_phase TEXT CHECK (hold_phase IN ('waiting', 'over', 'waived', 'refused')),
      accepted_tokens BLOB CHECK (length(accepted_tokens) = 16),
      word_tokens BLOB CHECK (length(word_tokens) = 16),
      is_reopened INTEGER NOT NULL DEFAULT 0 CHECK (is_reopened IN (0, 1)),
      is_refund_wished INTEGER NOT NULL DEFAULT 0 CHECK (is_refund_wished IN (0, 1)),
      is_refund_ordered INTEGER NOT NULL DEFAULT 0 CHECK (is_refund_ordered IN (0, 1)),
      is_put_off INTEGER NOT NULL DEFAULT 0 CHECK (is_put_off IN (0, 1)),
      updated INTEGER NOT NULL,
      stands_since INTEGER NOT NULL,
      -- Planck that the ramp will be asked for and has not been seen to take on (invariant 6).
      claimed BLOB CHECK (length(claimed) = 16),

      CHECK ((hold_cause IS NULL) = (hold_since IS NULL)
        AND (hold_cause IS NULL) = (hold_phase IS NULL)),
      CHECK (state <> 'depositHeld' OR hold_phase = 'waiting'),
      CONSTRAINT books CHECK (charged + absorbed
        = delivered + fee_taken + tax_taken + repaid + refunded + disputed + held + lost)
    ) STRICT;
    -- Invariant 2: at most one automatic top-up of an account is in flight. One that had ended, and
    -- whose refund or reversal was undone later, charges nothing any more: what it owes is in the
    -- books at once, whatever else is in flight (invariant 37).
    CREATE UNIQUE INDEX top_up_in_flight ON top_up (account)
      WHERE is_automatic = 1 AND is_terminal = 0 AND is_reopened = 0;
    CREATE INDEX top_up_account ON top_up (account);
    CREATE INDEX top_up_state ON top_up (state);
    CREATE INDEX top_up_unfinished ON top_up (number) WHERE is_terminal = 0;
    CREATE INDEX top_up_claimed ON top_up (claimed) WHERE claimed IS NOT NULL;
    CREATE INDEX top_up_unfinished_account ON top_up (account) WHERE is_terminal = 0;
    CREATE TRIGGER top_up_stays BEFORE UPDATE OF id, account, payer, trigger, is_automatic, episode,
      currency, amount, fee, tax, debt_part, credits, on_session, policy_version, slippage_basis_points,
      hold_new_card, hold_risk, hold_risk_span, remainder, description,
      created ON top_up
    BEGIN SELECT RAISE(ABORT, 'what was decided never changes (invariant 47)'); END;
    CREATE TRIGGER top_up_reopens BEFORE UPDATE OF is_reopened ON top_up
      WHEN NEW.is_reopened <> OLD.is_reopened AND NOT (OLD.is_terminal = 1 AND NEW.is_terminal = 0)
    BEGIN SELECT RAISE(ABORT, 'only what had ended is reopened (invariant 2)'); END;
    CREATE TRIGGER top_up_is_kept BEFORE DELETE ON top_up
    BEGIN SELECT RAISE(ABORT, 'a top-up is never removed'); END;

    -- The cards to try, in order.
    CREATE TABLE top_up_card (
      top_up INTEGER NOT NULL REFERENCES top_up,
      rank INTEGER NOT NULL,
      card TEXT NOT NULL,
      customer TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      brand TEXT NOT NULL,
      last4 TEXT NOT NULL,
      -- When it first paid for this payer, as known when it was chosen.
      proven_since INTEGER,
      PRIMARY KEY (top_up, rank)
    ) STRICT, WITHOUT ROWID;

    -- Number 0 is the price it was decided at, n that of order n.
    CREATE TABLE quote (
      top_up INTEGER NOT NULL REFERENCES top_up,
      number INTEGER NOT NULL,
      id TEXT NOT NULL,
      rate_nano INTEGER NOT NULL,
      currency TEXT NOT NULL,
      gross INTEGER NOT NULL,
      fee INTEGER NOT NULL,
      net INTEGER NOT NULL,
      tokens BLOB NOT NULL CHECK (length(tokens) = 16),
      created INTEGER NOT NULL,
      expires INTEGER NOT NULL,
      PRIMARY KEY (top_up, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER quote_stays BEFORE UPDATE ON quote
    BEGIN SELECT RAISE(ABORT, 'a pinned quote never changes (invariant 28)'); END;

    CREATE TABLE attempt (
      top_up INTEGER NOT NULL REFERENCES top_up,
      number INTEGER NOT NULL CHECK (number > 0),
      card TEXT NOT NULL,
      customer TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      brand TEXT NOT NULL,
      last4 TEXT NOT NULL,
      proven_since INTEGER,
      started INTEGER NOT NULL,
      paid INTEGER,
      phase TEXT NOT NULL,
      intent TEXT,
      charge TEXT,
      decline_code TEXT,
      decline_decline_code TEXT,
      decline_advice_code TEXT,
      decline_network_code TEXT,
      decline_message TEXT,
      decline_charge TEXT,
      PRIMARY KEY (top_up, number)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX attempt_intent ON attempt (intent) WHERE intent IS NOT NULL;
    CREATE INDEX attempt_charge ON attempt (charge) WHERE charge IS NOT NULL;
    CREATE INDEX attempt_fingerprint ON attempt (fingerprint, started);
    CREATE TRIGGER attempt_paid_stays BEFORE UPDATE OF paid ON attempt
      WHEN OLD.paid IS NOT NULL AND NEW.paid IS NOT OLD.paid
    BEGIN SELECT RAISE(ABORT, 'when a card paid never changes'); END;
    CREATE TRIGGER attempt_card_stays BEFORE UPDATE OF card, customer, fingerprint, brand, last4,
      proven_since, started ON attempt
    BEGIN SELECT RAISE(ABORT, 'the card is chosen once per attempt (invariant 20)'); END;
    CREATE TRIGGER attempt_intent_stays BEFORE UPDATE OF intent ON attempt
      WHEN OLD.intent IS NOT NULL AND NEW.intent IS NOT OLD.intent
    BEGIN SELECT RAISE(ABORT, 'an attempt has one intent (invariant 16)'); END;

    CREATE TABLE deposit_order (
      top_up INTEGER NOT NULL REFERENCES top_up,
      number INTEGER NOT NULL CHECK (number > 0),
      client_id TEXT NOT NULL UNIQUE,
      created INTEGER NOT NULL,
      phase TEXT NOT NULL,
      is_finalized INTEGER NOT NULL,
      seen_state TEXT,
      seen_version INTEGER,
      seen_ordered BLOB CHECK (length(seen_ordered) = 16),
      seen_credited BLOB CHECK (length(seen_credited) = 16),
      seen_skim INTEGER,
      seen_reason TEXT,
      seen_funds_moved TEXT,
      seen_updated INTEGER,
      extrinsic_hash TEXT,
      block_hash TEXT,
      block_number INTEGER,
      event_index INTEGER,
      PRIMARY KEY (top_up, number)
    ) STRICT, WITHOUT ROWID;
    -- Invariant 30: one chain event settles one order.
    CREATE UNIQUE INDEX deposit_order_evidence ON deposit_order (block_hash, event_index)
      WHERE block_hash IS NOT NULL;

    CREATE TABLE refund (
      top_up INTEGER NOT NULL REFERENCES top_up,
      number INTEGER NOT NULL CHECK (number > 0),
      amount INTEGER NOT NULL CHECK (amount > 0),
      currency TEXT NOT NULL,
      phase TEXT NOT NULL,
      id TEXT,
      PRIMARY KEY (top_up, number)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX refund_id ON refund (id) WHERE id IS NOT NULL;
    CREATE TRIGGER refund_amount_stays BEFORE UPDATE OF amount, currency ON refund
    BEGIN SELECT RAISE(ABORT, 'a refund keeps its amount (invariant 15)'); END;

    -- What others took back, each refund and dispute once (invariant 38).
    CREATE TABLE reversal (
      top_up INTEGER NOT NULL REFERENCES top_up,
      id TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      rank INTEGER NOT NULL,
      from_held INTEGER NOT NULL CHECK (from_held >= 0),
      advanced INTEGER NOT NULL CHECK (advanced >= 0),
      beyond INTEGER NOT NULL CHECK (beyond >= 0),
      forgiven INTEGER NOT NULL CHECK (forgiven >= 0),
      PRIMARY KEY (top_up, id)
    ) STRICT, WITHOUT ROWID;
    -- What is owed, of which there is little.
    CREATE INDEX reversal_owed ON reversal (top_up) WHERE advanced > 0;
    CREATE TRIGGER reversal_goes_on BEFORE UPDATE ON reversal
      WHEN NEW.rank < OLD.rank OR NEW.kind <> OLD.kind
    BEGIN SELECT RAISE(ABORT, 'a reversal goes on, never back (invariant 38)'); END;
    CREATE TRIGGER reversal_is_kept BEFORE DELETE ON reversal
    BEGIN SELECT RAISE(ABORT, 'a reversal is never removed (invariant 38)'); END;

    CREATE TABLE transition (
      top_up INTEGER NOT NULL REFERENCES top_up,
      version INTEGER NOT NULL,
      from_state TEXT,
      to_state TEXT NOT NULL,
      cause TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (top_up, version)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER transition_stays BEFORE UPDATE ON transition
    BEGIN SELECT RAISE(ABORT, 'a transition never changes'); END;
    CREATE TRIGGER transition_is_kept BEFORE DELETE ON transition
    BEGIN SELECT RAISE(ABORT, 'a transition is never removed'); END;

    -- How long automatic top-ups took from decision to credit, in the order of their credits.
    CREATE TABLE lead_time (
      number INTEGER PRIMARY KEY,
      top_up INTEGER NOT NULL UNIQUE REFERENCES top_up,
      milliseconds INTEGER NOT NULL CHECK (milliseconds >= 0)
    ) STRICT;
    CREATE TRIGGER lead_time_stays BEFORE UPDATE ON lead_time
    BEGIN SELECT RAISE(ABORT, 'what was measured never changes'); END;

    -- What one person wants done with what waits for a person, until another agrees; it lapses when
    -- the top-up moves (invariant 52).
    CREATE TABLE review_proposal (
      top_up INTEGER NOT NULL REFERENCES top_up,
      version INTEGER NOT NULL,
      verb TEXT NOT NULL,
      actor TEXT NOT NULL CHECK (actor <> ''),
      caller TEXT,
      reason TEXT NOT NULL CHECK (reason <> ''),
      at INTEGER NOT NULL,
      PRIMARY KEY (top_up, version, verb)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER review_proposal_stays BEFORE UPDATE ON review_proposal
    BEGIN SELECT RAISE(ABORT, 'what a person said never changes'); END;
    CREATE TRIGGER review_proposal_is_kept BEFORE DELETE ON review_proposal
    BEGIN SELECT RAISE(ABORT, 'what a person said is never removed'); END;

    -- What a tenant or the whole service may be charged, each version of it (invariants 6, 52).
    CREATE TABLE cap_rule (
      scope TEXT NOT NULL,
      currency TEXT NOT NULL,
      version INTEGER NOT NULL CHECK (version > 0),
      day_count INTEGER CHECK (day_count >= 0),
      day_minor_units INTEGER CHECK (day_minor_units >= 0),
      month_count INTEGER CHECK (month_count >= 0),
      month_minor_units INTEGER CHECK (month_minor_units >= 0),
      time_zone TEXT NOT NULL,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL CHECK (actor <> ''),
      reason TEXT NOT NULL CHECK (reason <> ''),
      PRIMARY KEY (scope, currency, version)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER cap_rule_stays BEFORE UPDATE ON cap_rule
    BEGIN SELECT RAISE(ABORT, 'a version of caps never changes'); END;
    CREATE TRIGGER cap_rule_is_kept BEFORE DELETE ON cap_rule
    BEGIN SELECT RAISE(ABORT, 'a version of caps is never removed'); END;

    CREATE TABLE cap_window (
      number INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      ends INTEGER NOT NULL,
      used_count INTEGER NOT NULL CHECK (used_count >= 0),
      used_minor_units INTEGER NOT NULL CHECK (used_minor_units >= 0)
    ) STRICT;

    -- Kept for ever, with the cap that was in force (invariant 7).
    CREATE TABLE reservation (
      top_up INTEGER NOT NULL REFERENCES top_up,
      window INTEGER NOT NULL REFERENCES cap_window,
      cap_count INTEGER,
      cap_minor_units INTEGER,
      minor_units INTEGER NOT NULL CHECK (minor_units >= 0),
      made INTEGER NOT NULL,
      released INTEGER,
      PRIMARY KEY (top_up, window)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER reservation_stays BEFORE UPDATE ON reservation
      WHEN OLD.released IS NOT NULL OR NEW.minor_units <> OLD.minor_units
    BEGIN SELECT RAISE(ABORT, 'a reservation is released once (invariant 7)'); END;
    CREATE TRIGGER reservation_is_kept BEFORE DELETE ON reservation
    BEGIN SELECT RAISE(ABORT, 'a reservation is never removed (invariant 7)'); END;
    """
}
