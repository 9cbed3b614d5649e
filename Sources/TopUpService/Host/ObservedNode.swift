internal import TopUpCore

/// A node whose finalized heads are told on as they are read: the intake holds claimed heights
/// against them (invariant 11).
struct ObservedNode: BalanceReader {
  let node: any BalanceReader
  let headWasRead: @Sendable (UInt64) -> Void

  func balance(of account: DDCAccount) async -> OutsideResult<BalanceReading> {
    let result = await node.balance(of: account)
    if case .answered(let reading) = result { headWasRead(reading.block.number) }
    return result
  }

  func displayBalance(of account: DDCAccount) async -> OutsideResult<BalanceReading> {
    await node.displayBalance(of: account)
  }

  func finalizedHead() async -> OutsideResult<BlockReference> {
    let result = await node.finalizedHead()
    if case .answered(let head) = result { headWasRead(head.number) }
    return result
  }

  func finalizedBlock(_ number: UInt64) async -> OutsideResult<FinalizedBlock> {
    let result = await node.finalizedBlock(number)
    if case .answered(let block) = result { headWasRead(block.head) }
    return result
  }
}
