internal import Glibc
internal import Synchronization
internal import TopUpCore

/// Balances of accounts at rest, those with a reading, no claim and nothing on its way, as the newest
/// state of the store has them.
///
/// Who reads balances at random out of a million accounts waits for memory: pages of two trees for
/// each. Here it is one place of 144 bytes. What a commit touches is forgotten before the commit is
/// answered, so that what is found here is what the file says.
///
/// Sets of eight places; in a full one, the next place in turn is given away. A table that is half
/// full is left for one of twice the size, which fills by itself: to move what is kept would hold
/// everybody up.
@safe final class StandingCache: @unchecked Sendable {
  private let commits: CommitCount
  private let setsMax: Int
  private let seed: UInt64
  // Confined by the mutex: touched only while it is held.
  private let table = Mutex(Table())

  @safe private struct Table {
    /// Nil until something is kept.
    var places: UnsafeMutablePointer<Place>?
    /// A power of two.
    var sets = 0
    /// How many places were taken, at least.
    var taken = 0
    /// What was kept under an earlier one counts for nothing.
    var epoch: UInt32 = 1
    var turn = 0
  }

  /// All zero when it has never been used.
  private struct Place {
    var epoch: UInt32
    var exists: Bool
    var account: DDCAccount
    var active: Int128
    var total: Int128
    var block: UInt64
    var blockHash: InlineArray<4, UInt64>
    var readAt: Int64
  }

  private static let setPlaces = 8
  /// 72 KiB.
  private static let firstSets = 64

  /// - Parameters:
  ///   - accounts: how many are kept at most, rounded to a power of two; 144 bytes each.
  ///   - commits: raised together with forgetting what they touch.
  init(accounts: Int, commits: CommitCount) {
    self.commits = commits
    let sets = max(1, accounts / Self.setPlaces)
    setsMax = 1 << (Int.bitWidth - 1 - sets.leadingZeroBitCount)
    seed = UInt64.random(in: .min ... .max)
  }

  deinit {
    table.withLock { Self.leave(&$0) }
  }

  /// - Parameter group: of the reader's view: what is newer is not for it.
  /// - Returns: nil when it is not kept.
  func standing(of account: DDCAccount, asOf group: UInt64) -> BalanceStanding? {
    return table.withLock { table in
      guard commits.value == group, let place = unsafe find(account, in: table) else { return nil }
      return unsafe Self.standing(place.pointee)
    }
  }

  /// Keeps what a view showed, unless it is not of the group that was counted last.
  func keep(_ standing: BalanceStanding, of account: DDCAccount, asOf group: UInt64) {
    guard standing.claim == nil, standing.inFlight.isEmpty, let reading = standing.reading,
      let hash = Self.words(of: reading.block.hash)
    else { return }
    table.withLock { table in
      guard commits.value == group, let place = unsafe take(account, in: &table) else { return }
      unsafe place.pointee = Place(
        epoch: table.epoch, exists: reading.exists, account: account, active: reading.active,
        total: reading.total, block: reading.block.number, blockHash: hash,
        readAt: reading.readAt.milliseconds)
    }
  }

  /// Counts a group that is durable, before it is answered, and forgets what it touches: at once, so
  /// that who counts it already finds nothing from before it.
  ///
  /// - Parameter number: the group's.
  func raise<Group: CommitGroup>(to number: UInt64, forgetting group: Group) {
    table.withLock { table in
      commits.raise(to: number)
      guard unsafe table.places != nil else { return }
      for place in 0..<group.count { forget(group.commit(at: place).changes, in: &table) }
    }
  }

  private func forget(_ changes: [Change], in table: inout Table) {
    for change in changes {
      switch change.touchedStanding {
      case .none, .one(.credits): break
      case .one(.ddc(let account)):
        if let place = unsafe find(account, in: table) {
          unsafe place.pointee.epoch = 0
        }
      case .all: table.epoch &+= 1
      }
    }
  }

  // MARK: Places

  private func find(
    _ account: DDCAccount, in table: borrowing Table
  ) -> UnsafeMutablePointer<Place>? {
    guard let first = unsafe set(of: account, in: table) else { return nil }
    for index in 0..<Self.setPlaces {
      let place = unsafe first + index
      if unsafe place.pointee.epoch == table.epoch, unsafe place.pointee.account == account {
        return unsafe place
      }
    }
    return nil
  }

  /// The account's place, a free one of its set, or the next in turn; nil when there is no memory.
  private func take(
    _ account: DDCAccount, in table: inout Table
  ) -> UnsafeMutablePointer<Place>? {
    if let known = unsafe find(account, in: table) { return unsafe known }
    if table.taken >= table.sets * Self.setPlaces / 2, table.sets < setsMax { grow(&table) }
    guard let first = unsafe set(of: account, in: table) else { return nil }
    for index in 0..<Self.setPlaces where unsafe first[index].epoch != table.epoch {
      table.taken += 1
      return unsafe first + index
    }
    table.turn = (table.turn + 1) % Self.setPlaces
    return unsafe first + table.turn
  }

  private func set(
    of account: DDCAccount, in table: borrowing Table
  ) -> UnsafeMutablePointer<Place>? {
    guard let places = unsafe table.places else { return nil }
    let number = Int(truncatingIfNeeded: account.mixed(seed)) & (table.sets - 1)
    return unsafe places + number * Self.setPlaces
  }

  private func grow(_ table: inout Table) {
    let sets = min(setsMax, max(Self.firstSets, table.sets * 2))
    let start = unsafe mmap(
      nil, Self.bytes(sets), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else { return }
    Self.leave(&table)
    unsafe table.places = unsafe start.bindMemory(to: Place.self, capacity: sets * Self.setPlaces)
    table.sets = sets
    table.taken = 0
  }

  private static func leave(_ table: inout Table) {
    if let places = unsafe table.places { _ = unsafe munmap(places, bytes(table.sets)) }
    unsafe table.places = nil
  }

  private static func bytes(_ sets: Int) -> Int {
    sets * setPlaces * MemoryLayout<Place>.stride
  }

  // MARK: Readings

  private static func standing(_ place: Place) -> BalanceStanding {
    let hash = unsafe [UInt8](unsafeUninitializedCapacity: 32) { bytes, count in
      for index in 0..<4 {
        unsafe UnsafeMutableRawBufferPointer(bytes).storeBytes(
          of: place.blockHash[index], toByteOffset: index * 8, as: UInt64.self)
      }
      count = 32
    }
    let reading = KnownReading(
      active: place.active, total: place.total, exists: place.exists,
      block: BlockReference(number: place.block, hash: Hex.prefixedText(hash)),
      readAt: UnixTime(milliseconds: place.readAt))
    return BalanceStanding(reading: reading, claim: nil, inFlight: [])
  }

  /// - Returns: nil for a hash that is not written as ``standing(_:)`` writes it.
  private static func words(of hash: String) -> InlineArray<4, UInt64>? {
    guard let bytes = Hex.prefixedBytes(hash), bytes.count == 32, Hex.prefixedText(bytes) == hash
    else { return nil }
    return unsafe bytes.withUnsafeBytes { bytes in
      InlineArray { unsafe bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
  }
}

extension DDCAccount {
  /// - Parameter seed: of the process, so that nobody can name accounts that share a place.
  fileprivate func mixed(_ seed: UInt64) -> UInt64 {
    var mixed = seed
    for index in owner.words.indices { mixed = Self.mix(mixed, owner.words[index]) }
    for index in cluster.words.indices { mixed = Self.mix(mixed, UInt64(cluster.words[index])) }
    return mixed
  }

  private static func mix(_ mixed: UInt64, _ word: UInt64) -> UInt64 {
    let product = (mixed ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}
