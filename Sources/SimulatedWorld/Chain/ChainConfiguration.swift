package import TopUpCore

/// How a simulated chain ticks.
package struct ChainConfiguration: Sendable {
  package var started: UnixTime
  /// BABE's 6 s on the real chain.
  package var blockInterval = Duration.seconds(6)
  /// How many blocks the finalized head is behind the best (GRANDPA: commonly 2 or 3).
  package var finalityBlocks: UInt64 = 3
  package var firstBlock: UInt64 = 1_000_000
  /// A node that is no archive discards older states; a read there is refused.
  package var statesKept: UInt64 = 256
  package var seed: UInt64 = 4

  package init(started: UnixTime) { self.started = started }
}

/// Something to be done on chain, in some block.
package enum ChainCall: Sendable, Hashable {
  /// `deposit_for` of the pallet: the funder pays, the owner's ledger grows.
  case deposit(DDCAccount, Planck)
  /// A deposit that fails in its block.
  case failingDeposit(DDCAccount, Planck)
  /// The end of an era charges for use; what is not there becomes debt.
  case charge(DDCAccount, Planck)
  /// Sets what pays for use: no call of the chain's, but what tests need.
  case setActive(DDCAccount, Planck)
}

/// Where a call stands on chain and what it did there.
package struct Inclusion: Sendable, Hashable {
  package let call: ChainCall
  package let extrinsicHash: String
  package let blockNumber: UInt64
  package let eventIndex: UInt32
  /// What the ledger grew by; zero for a failed call.
  package let credited: Planck
  /// Whether 1 CERE went to the owner's wallet.
  package let isSkimmed: Bool
  /// Such as `InsufficientDeposit`; nil for success.
  package let failure: String?
}
