/// Credits that a tenant's users have used, been given back, or handed on: in the ledger alone, within
/// one tenant (invariants 22, 27).
package struct CreditMovement: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// Used; refused when they do not suffice.
    case deduction(from: CreditsAccount)
    /// Of a deduction whose use failed; never more than it took.
    case giveBack(to: CreditsAccount, deduction: String)
    /// Handed on to another user of the tenant; refused when they do not suffice.
    case transfer(from: CreditsAccount, to: CreditsAccount)
  }

  /// Derives from caller and key: the same request is the same movement (invariant 43).
  package let id: String
  package let kind: Kind
  /// In the tenant's smallest unit; above zero.
  package let units: Int128
  /// What it was for, in the tenant's words; may be empty.
  package let description: String

  /// - Returns: nil for what would move nothing, or from one tenant to another.
  package init?(id: String, _ kind: Kind, units: Int128, description: String) {
    guard units > 0 else { return nil }
    if case .transfer(let from, let to) = kind, !from.tenant.isExactly(to.tenant) || from == to {
      return nil
    }
    self.id = id
    self.kind = kind
    self.units = units
    self.description = description
  }

  package static func id(caller: String, key: String) -> String {
    var digest = DerivedID.digest("topup.v1 credits")
    digest.append(Array(caller.utf8))
    digest.append(Array(key.utf8))
    return "cr_" + DerivedID.text(digest)
  }

  /// Whose credits it takes; nil where it takes none.
  package var payer: CreditsAccount? {
    switch kind {
    case .deduction(let from), .transfer(let from, _): from
    case .giveBack: nil
    }
  }

  /// Who is told of the balance after it.
  package var account: CreditsAccount {
    switch kind {
    case .deduction(let from), .transfer(let from, _): from
    case .giveBack(let to, _): to
    }
  }

  /// Credits are owed by us: what a user has is a credit of the user's ledger account.
  package var entry: Entry {
    switch kind {
    case .deduction(let from):
      Entry(
        topUp: nil, text("credits used"),
        Entry.move(units, from: .creditsUsed(tenant: ExactText(from.tenant)), to: .credits(from)))
    case .giveBack(let to, _):
      Entry(
        topUp: nil, text("credits given back"),
        Entry.move(units, from: .credits(to), to: .creditsUsed(tenant: ExactText(to.tenant))))
    case .transfer(let from, let to):
      Entry(
        topUp: nil, text("credits handed on"),
        Entry.move(units, from: .credits(to), to: .credits(from)))
    }
  }

  private func text(_ what: String) -> String {
    description.isEmpty ? what : "\(what): \(description)"
  }
}

/// A movement as it stands in the store.
package struct StoredCreditMovement: Sendable, Hashable {
  package var id: String
  /// Whose balance it changed: the user who was debited, or was given back to.
  package var account: CreditsAccount
  package var units: Int128
  /// Of a deduction, what of it was given back.
  package var givenBack: Int128
  package var isDeduction: Bool
  /// The position of its entry.
  package var position: Int64

  package init(
    id: String, account: CreditsAccount, units: Int128, givenBack: Int128, isDeduction: Bool,
    position: Int64
  ) {
    self.id = id
    self.account = account
    self.units = units
    self.givenBack = givenBack
    self.isDeduction = isDeduction
    self.position = position
  }
}
