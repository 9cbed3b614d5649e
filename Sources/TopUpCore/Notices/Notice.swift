/// What a person is to be told of an account: at most once for each occasion and kind, committed
/// with what it tells of (invariant 45).
///
/// Holds no card data and no secret: a card is named by its id alone.
package struct Notice: Sendable, Hashable {
  /// A closed set.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A person must authenticate a payment: a link is to be made.
    case actionRequired
    case declined
    /// A card is not charged for the account any more.
    case breakerOpen
    case capReached
    /// No card is there that could be charged.
    case noCard
    case noConsent
    case credited
    case refunded
    /// A refund did not reach the card; a person deals with it.
    case refundFailed
    /// The cardholder's bank disputes a charge, or asks about it.
    case disputed
    /// A charge was taken back otherwise, or an operator wrote it off.
    case reversed
    /// What was taken back came back.
    case reinstated
    /// The deposit waits.
    case held
    /// It waits for an operator.
    case needsReview
    /// Ended before anything was charged, and no card was declined for it.
    case cancelled
    /// Nothing more is charged for the account, until what blocks it is over.
    case blocked
  }

  /// What a kind is told once of: an episode with all its retries, or a user's top-up.
  package enum Occasion: Sendable, Hashable {
    case episode(Int64)
    case topUp(TopUpID)
    /// A block of the account, by the version of the account that it began with.
    case block(Int64)
  }

  package var kind: Kind
  package var account: AccountKey
  package var payer: Payer
  package var occasion: Occasion
  /// Nil where nothing was begun.
  package var topUp: TopUpID?
  /// The top-up's, by the transition that it tells of.
  package var version: Int64?
  /// What was to be charged.
  package var amount: Money?
  package var decline: DeclineClass?
  /// When it is tried again without anybody.
  package var retryAt: UnixTime?
  /// The card that it is about.
  package var card: PaymentMethodID?
  /// A sentence for a person.
  package var text: String

  package init(
    _ kind: Kind, account: AccountKey, payer: Payer, occasion: Occasion, topUp: TopUpID? = nil,
    version: Int64? = nil, amount: Money? = nil, decline: DeclineClass? = nil,
    retryAt: UnixTime? = nil, card: PaymentMethodID? = nil, text: String
  ) {
    self.kind = kind
    self.account = account
    self.payer = payer
    self.occasion = occasion
    self.topUp = topUp
    self.version = version
    self.amount = amount
    self.decline = decline
    self.retryAt = retryAt
    self.card = card
    self.text = text
  }
}

extension Notice.Occasion {
  /// Its name in a store; no top-up's id looks like an episode's or a block's.
  package var name: String {
    switch self {
    case .episode(let ordinal): "episode:\(ordinal)"
    case .topUp(let id): id.rawValue
    case .block(let version): "block:\(version)"
    }
  }

  package init?(name: String) {
    let numbered: [(String, (Int64) -> Self)] = [
      ("episode:", { .episode($0) }), ("block:", { .block($0) }),
    ]
    for (prefix, occasion) in numbered where name.hasPrefix(prefix) {
      guard let number = Int64(name.dropFirst(prefix.count)) else { return nil }
      self = occasion(number)
      return
    }
    self = .topUp(TopUpID(name))
  }
}

/// How long notices are kept, and how they are read.
package enum NoticeLimits {
  /// What is older is removed as new ones come; that it was told stays noted for ever.
  package static let retention = Duration.seconds(90 * 86_400)
  /// Removed with each new one at most, so that no commit grows with what has gathered.
  package static let removedAtOnce = 4
}
