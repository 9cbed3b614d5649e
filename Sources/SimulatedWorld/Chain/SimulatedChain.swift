package import TopUpCore

/// A model of the chain where DDC balances live: blocks by the clock, finality behind them, forks
/// by order, and a ledger for each (cluster, owner).
///
/// Blocks without calls are not kept: their hashes are computed from their height.
package struct SimulatedChain: Sendable {
  package let configuration: ChainConfiguration
  package private(set) var best: UInt64
  package private(set) var finalized: UInt64
  /// While set, the finalized head stands still: the network is unwell.
  package private(set) var isFinalityStalled = false
  private var pool: [(id: UInt64, call: ChainCall)] = []
  private var contents: [UInt64: [(id: UInt64, inclusion: Inclusion)]] = [:]
  private var ledgers: [DDCAccount: History<DDCLedger>] = [:]
  /// Free balances of owners' own wallets; only the skim matters here.
  private var wallets: [AccountID32: History<Planck>] = [:]
  private var debts: [DDCAccount: History<Planck>] = [:]
  private var accountsByKey: [String: DDCAccount] = [:]
  private var inclusions: [UInt64: Inclusion] = [:]
  private var forks: [(from: UInt64, count: UInt64)] = []
  private var lastID: UInt64 = 0

  package init(_ configuration: ChainConfiguration) {
    self.configuration = configuration
    best = configuration.firstBlock
    finalized = configuration.firstBlock
  }

  // MARK: Time

  /// When the next block comes.
  package var nextBlock: UnixTime { time(of: best + 1) }

  /// The next moment at which a call changes something.
  package var nextWake: UnixTime? { pool.isEmpty ? nil : nextBlock }

  /// Makes the blocks that are due; what waits goes into the first of them.
  package mutating func advance(to now: UnixTime) {
    let target = height(at: now)
    guard target > best else { return }
    if !pool.isEmpty {
      let calls = pool
      pool = []
      for (id, call) in calls { include(id, call, in: best + 1) }
    }
    best = target
    finalize()
  }

  private mutating func finalize() {
    guard !isFinalityStalled, best >= configuration.firstBlock + configuration.finalityBlocks
    else { return }
    finalized = max(finalized, best - configuration.finalityBlocks)
  }

  private func height(at now: UnixTime) -> UInt64 {
    let span = now.milliseconds - configuration.started.milliseconds
    guard span > 0 else { return configuration.firstBlock }
    // In whole numbers: a quotient of two spans is rounded, and a block would come after its time.
    return configuration.firstBlock + UInt64(span / intervalMilliseconds)
  }

  private func time(of block: UInt64) -> UnixTime {
    let blocks = Int64(block - configuration.firstBlock)
    return UnixTime(
      milliseconds: configuration.started.milliseconds + intervalMilliseconds * blocks)
  }

  private var intervalMilliseconds: Int64 {
    let (seconds, attoseconds) = configuration.blockInterval.components
    return max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
  }

  // MARK: Orders to the chain

  /// Hands in a call; the next block takes it.
  /// - Returns: a name for asking where it stands.
  package mutating func submit(_ call: ChainCall, now: UnixTime) -> UInt64 {
    advance(to: now)
    lastID += 1
    pool.append((lastID, call))
    return lastID
  }

  /// Where a call stands; nil while it waits, also again after a fork.
  package func inclusion(of id: UInt64) -> Inclusion? { inclusions[id] }

  package func isFinalized(_ block: UInt64) -> Bool { block <= finalized }

  /// Replaces the newest blocks by others of the same height; their calls wait again.
  /// - Returns: how many blocks it was: never a finalized one.
  @discardableResult
  package mutating func fork(depth: UInt64, now: UnixTime) -> UInt64 {
    advance(to: now)
    let depth = min(depth, best - finalized)
    guard depth > 0 else { return 0 }
    let kept = best - depth
    var returned: [(id: UInt64, call: ChainCall)] = []
    for block in kept + 1...best {
      for entry in contents.removeValue(forKey: block) ?? [] {
        inclusions[entry.id] = nil
        returned.append((entry.id, entry.inclusion.call))
      }
    }
    pool = returned + pool
    for account in Array(ledgers.keys) { ledgers[account]?.rollBack(to: kept) }
    for account in Array(debts.keys) { debts[account]?.rollBack(to: kept) }
    for owner in Array(wallets.keys) { wallets[owner]?.rollBack(to: kept) }
    forks.append((kept + 1, UInt64(forks.count + 1)))
    return depth
  }

  package mutating func stallFinality(_ isStalled: Bool, now: UnixTime) {
    advance(to: now)
    isFinalityStalled = isStalled
    finalize()
  }

  // MARK: Looking

  /// The account's ledger after a block; nil when it never deposited.
  package func ledger(of account: DDCAccount, at block: UInt64) -> DDCLedger? {
    ledgers[account]?.value(at: block)
  }

  package func debt(of account: DDCAccount) -> Planck { debts[account]?.latest ?? .zero }

  /// What was deposited for each account, in the blocks that stand.
  package var deposits: [DDCAccount: (count: Int, credited: Planck)] {
    var sums: [DDCAccount: (count: Int, credited: Planck)] = [:]
    for entries in contents.values {
      for entry in entries {
        guard case .deposit(let account, _) = entry.inclusion.call,
          entry.inclusion.failure == nil
        else { continue }
        let old = sums[account] ?? (0, .zero)
        sums[account] = (
          old.count + 1, Planck(old.credited.units + entry.inclusion.credited.units)
        )
      }
    }
    return sums
  }

  /// The account whose ledger lies under a storage key, `0x` and hex.
  func account(storageKey: String) -> DDCAccount? { accountsByKey[storageKey] }

  // MARK: Hashes

  /// 24 bytes of a digest, then the height: a hash can be taken back to its block.
  package func hash(of block: UInt64) -> String {
    let fork = forks.last { $0.from <= block }?.count ?? 0
    let text = "block:\(configuration.seed):\(block):\(fork)"
    let height = stride(from: 56, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: block >> UInt64($0))
    }
    return Hex.prefixedText(SHA256.digest(Array(text.utf8)).prefix(24) + height)
  }

  /// - Returns: nil for a hash of no block that stands.
  package func block(hash: String) -> UInt64? {
    guard let bytes = Hex.prefixedBytes(hash), bytes.count == 32 else { return nil }
    let block = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return block <= best && block >= configuration.firstBlock && self.hash(of: block) == hash
      ? block : nil
  }

  // MARK: Calls

  private mutating func include(_ id: UInt64, _ call: ChainCall, in block: UInt64) {
    var (credited, isSkimmed, failure) = (Planck.zero, false, String?.none)
    switch call {
    case .deposit(let account, let value):
      (credited, isSkimmed, failure) = deposit(value, for: account, in: block)
    case .failingDeposit: failure = "NotEnoughBalance"
    case .charge(let account, let due): charge(due, account, in: block)
    case .setActive(let account, let active): setActive(active, account, in: block)
    }
    let position = contents[block]?.count ?? 0
    let inclusion = Inclusion(
      call: call,
      extrinsicHash: Hex.prefixedText(
        SHA256.digest(Array("extrinsic:\(configuration.seed):\(id)".utf8))),
      blockNumber: block, eventIndex: UInt32(position * 3 + 2), credited: credited,
      isSkimmed: isSkimmed, failure: failure)
    contents[block, default: []].append((id, inclusion))
    inclusions[id] = inclusion
  }

  /// `deposit_for`: never clipped; a new ledger of an owner with an empty wallet first pays the
  /// existential deposit of 1 CERE into that wallet.
  private mutating func deposit(
    _ value: Planck, for account: DDCAccount, in block: UInt64
  ) -> (Planck, Bool, String?) {
    let old = ledgers[account]?.latest
    let wallet = wallets[account.owner]?.latest ?? .zero
    let isSkimmed = old == nil && wallet < .cere
    let rest = value.units - (isSkimmed ? Planck.cere.units : 0)
    let active = (old?.active.units ?? 0) + rest
    guard rest > 0, active >= Planck.cere.units else {
      return (.zero, false, "InsufficientDeposit")
    }
    if isSkimmed {
      wallets[account.owner, default: History()].set(
        Planck(wallet.units + Planck.cere.units), at: block)
    }
    write(Planck(active), account, in: block)
    return (Planck(rest), isSkimmed, nil)
  }

  private mutating func charge(_ due: Planck, _ account: DDCAccount, in block: UInt64) {
    guard let active = ledgers[account]?.latest?.active else { return }
    let paid = min(active, due)
    write(Planck(active.units - paid.units), account, in: block)
    guard paid < due else { return }
    let debt = debts[account]?.latest ?? .zero
    debts[account, default: History()].set(
      Planck(debt.units + due.units - paid.units), at: block)
  }

  private mutating func setActive(_ active: Planck, _ account: DDCAccount, in block: UInt64) {
    write(active, account, in: block)
  }

  private mutating func write(_ active: Planck, _ account: DDCAccount, in block: UInt64) {
    let unlocking = ledgers[account]?.latest?.unlocking ?? []
    let total = unlocking.reduce(active.units) { $0 + $1.value.units }
    let ledger = DDCLedger(
      owner: account.owner, total: Planck(total), active: active, unlocking: unlocking)
    ledgers[account, default: History()].set(ledger, at: block)
    accountsByKey[Hex.prefixedText(DDCLedgerCodec.storageKey(of: account))] = account
  }
}
