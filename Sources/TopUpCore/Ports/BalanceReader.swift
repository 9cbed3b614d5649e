/// Reads DDC balances from a chain node.
package protocol BalanceReader: Sendable {
  /// The account's ledger at the node's finalized head.
  func balance(of account: DDCAccount) async -> OutsideResult<BalanceReading>
  /// The balance at the *best* head: for display only, it decides nothing (invariant 10).
  func displayBalance(of account: DDCAccount) async -> OutsideResult<BalanceReading>
  func finalizedHead() async -> OutsideResult<BlockReference>
  /// Which block of a number the chain has made final.
  func finalizedBlock(_ number: UInt64) async -> OutsideResult<FinalizedBlock>
}

/// What is final of one block number.
package struct FinalizedBlock: Hashable, Sendable {
  package var number: UInt64
  /// The finalized block of that number; nil while finality has not come so far.
  package var hash: String?
  /// The number of the finalized head that said so.
  package var head: UInt64

  package init(number: UInt64, hash: String?, head: UInt64) {
    self.number = number
    self.hash = hash
    self.head = head
  }
}

package struct BlockReference: Hashable, Sendable {
  package var number: UInt64
  /// `0x` and 64 hex digits.
  package var hash: String

  package init(number: UInt64, hash: String) {
    self.number = number
    self.hash = hash
  }
}

/// A balance with the height that orders it among other readings.
package struct BalanceReading: Hashable, Sendable {
  package var block: BlockReference
  package var isFinalized: Bool
  /// Nil when the account never deposited, which is not the same as zero.
  package var ledger: DDCLedger?

  package init(block: BlockReference, isFinalized: Bool, ledger: DDCLedger?) {
    self.block = block
    self.isFinalized = isFinalized
    self.ledger = ledger
  }

  /// What pays for use: nothing where there is no ledger.
  package var active: Planck { ledger?.active ?? .zero }
}

/// An account's ledger on chain: `total = active + unlocking`.
package struct DDCLedger: Hashable, Sendable {
  package struct Unlocking: Hashable, Sendable {
    package var value: Planck
    package var block: UInt32

    package init(value: Planck, block: UInt32) {
      self.value = value
      self.block = block
    }
  }

  package var owner: AccountID32
  package var total: Planck
  package var active: Planck
  package var unlocking: [Unlocking]

  package init(owner: AccountID32, total: Planck, active: Planck, unlocking: [Unlocking]) {
    self.owner = owner
    self.total = total
    self.active = active
    self.unlocking = unlocking
  }
}
