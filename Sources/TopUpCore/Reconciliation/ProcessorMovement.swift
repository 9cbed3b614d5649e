/// One movement of our balance at the processor: a balance transaction (Stripe docs, "Balance
/// transactions"). It never changes, and may be shown long after what caused it.
package struct ProcessorMovement: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case charge
    case refund
    case refundFailure
    case dispute
    case disputeReversal
    /// To our bank.
    case payout
    /// A payout that came back.
    case payoutReversal
    /// A fee of the account's own, of no single payment.
    case fee
    /// One this version does not know: nothing is posted of it.
    case unrecognised(String)
  }

  /// `txn_…`; posted once (invariant 40).
  package var id: String
  package var kind: Kind
  /// The charge, refund, dispute or payout it is of.
  package var source: String?
  /// What it adds to the balance before its fee; below zero where it takes.
  package var amount: Money
  /// What the processor keeps of it; below zero where it gives some back.
  package var fee: Int64
  package var created: UnixTime

  package init(
    id: String, kind: Kind, source: String?, amount: Money, fee: Int64, created: UnixTime
  ) {
    self.id = id
    self.kind = kind
    self.source = source
    self.amount = amount
    self.fee = fee
    self.created = created
  }
}

extension ProcessorMovement {
  /// Whether it is of a payment, and so ours only where the payment is; the others are the
  /// account's.
  package var isOfPayment: Bool {
    switch kind {
    case .charge, .refund, .refundFailure, .dispute, .disputeReversal, .unrecognised: true
    case .payout, .payoutReversal, .fee: false
    }
  }

  /// What it posts of its own; nil where its amount stands in a top-up's entries and it cost
  /// nothing.
  ///
  /// It names no top-up: what the processor keeps is our expense, and no term of a top-up's books
  /// (invariant 24).
  package var entry: Entry? {
    let currency = amount.currency
    var postings = Entry.move(
      Int128(fee), from: .processor(currency), to: .processorFees(currency))
    let moved = -Int128(amount.minorUnits)
    switch kind {
    case .payout, .payoutReversal:
      postings += Entry.move(moved, from: .processor(currency), to: .bank(currency))
    case .fee:
      postings += Entry.move(moved, from: .processor(currency), to: .processorFees(currency))
    case .charge, .refund, .refundFailure, .dispute, .disputeReversal, .unrecognised: break
    }
    let net = Entry.net(postings)
    guard !net.isEmpty else { return nil }
    let of = source.map { " of \($0)" } ?? ""
    return Entry(topUp: nil, "processor's \(kind.name) \(id)\(of)", net)
  }
}

extension ProcessorMovement.Kind {
  /// As the processor's reports have it (Stripe docs, "Reporting categories").
  package var name: String {
    switch self {
    case .charge: "charge"
    case .refund: "refund"
    case .refundFailure: "refund_failure"
    case .dispute: "dispute"
    case .disputeReversal: "dispute_reversal"
    case .payout: "payout"
    case .payoutReversal: "payout_reversal"
    case .fee: "fee"
    case .unrecognised(let name): name
    }
  }

  package init(name: String) {
    let known: [Self] = [
      .charge, .refund, .refundFailure, .dispute, .disputeReversal, .payout, .payoutReversal, .fee,
    ]
    self = known.first { $0.name == name } ?? .unrecognised(name)
  }
}

// MARK: - Compared

extension ProcessorMovement {
  /// How long one may wait to be posted: the schedule does so every hour.
  package static let waitMax = Duration.seconds(3 * 3_600)

  /// Where our record of it differs.
  ///
  /// - Parameters:
  ///   - noted: our record; nil where there is none.
  ///   - isOurs: whether it is of a payment of ours, or the account's own.
  package func difference(
    noted: ProcessorMovement?, isOurs: Bool, topUp: TopUpID?, at now: UnixTime
  ) -> Difference? {
    guard let noted else {
      guard isOurs, created.advanced(by: Self.waitMax) <= now else { return nil }
      var difference = Difference(
        .movementNotPosted, topUp, object: id, ours: "not posted", theirs: words)
      difference.movement = self
      return difference
    }
    guard noted.amount != amount || noted.fee != fee || noted.kind != kind else { return nil }
    return Difference(.movementAmount, topUp, object: id, ours: noted.words, theirs: words)
  }

  /// Of one that stands in our books and that the processor does not list.
  package var absence: Difference {
    Difference(.movementMissing, nil, object: id, ours: words, theirs: "not listed")
  }

  package var words: String {
    let fee = Money(minorUnits: fee, amount.currency)
    return "\(kind.name) of \(amount), fee \(fee)"
  }
}
