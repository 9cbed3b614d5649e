import TopUpCore

/// A node on which every account is low and every block final.
struct InstantNode: BalanceReader {
  static func hash(_ block: UInt64) -> String {
    let digits = String(block, radix: 16)
    return "0x" + String(repeating: "0", count: 64 - digits.count) + digits
  }

  func balance(of account: DDCAccount) async -> OutsideResult<BalanceReading> {
    let ledger = DDCLedger(
      owner: account.owner, total: Planck.cere, active: Planck.cere, unlocking: [])
    return .answered(
      BalanceReading(
        block: BlockReference(number: 1_001, hash: Self.hash(1_001)), isFinalized: true,
        ledger: ledger))
  }

  func displayBalance(of account: DDCAccount) async -> OutsideResult<BalanceReading> {
    await balance(of: account)
  }

  func finalizedHead() async -> OutsideResult<BlockReference> {
    .answered(BlockReference(number: 1_001, hash: Self.hash(1_001)))
  }

  func finalizedBlock(_ number: UInt64) async -> OutsideResult<FinalizedBlock> {
    .answered(FinalizedBlock(number: number, hash: Self.hash(number), head: number + 3))
  }
}
