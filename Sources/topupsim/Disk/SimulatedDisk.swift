import SimulatedWorld

/// A disk below a page cache: what was written is read back at once, and is safe only once it has
/// been synced. What a loss of power leaves is the safe part and a draw of the rest.
final class SimulatedDisk {
  /// Something that was written and not synced.
  enum Unsynced {
    case write(at: Int, [UInt8])
    case truncate(Int)
  }

  /// What becomes of unsynced writes when the power fails.
  enum Loss: CaseIterable {
    /// All of them are gone.
    case all
    /// They had all reached the disk by themselves.
    case none
    /// The first of them had, the last of those in part.
    case tail
    /// Any of them may have, in any order, torn between sectors.
    case scattered
  }

  static let sectorBytes = 512

  private(set) var files: [String: DiskFile] = [:]

  init(_ contents: [String: [UInt8]] = [:]) {
    for (name, bytes) in contents { files[name] = DiskFile(bytes) }
  }

  /// What is on it when nothing is lost.
  var contents: [String: [UInt8]] { files.mapValues(\.bytes) }

  func file(_ name: String, make: Bool) -> DiskFile? {
    if let file = files[name] { return file }
    guard make else { return nil }
    let file = DiskFile([])
    files[name] = file
    return file
  }

  func remove(_ name: String) { files[name] = nil }

  /// The disk as a loss of power leaves it.
  func afterPowerLoss(_ loss: Loss, _ random: inout SeededGenerator) -> SimulatedDisk {
    let disk = SimulatedDisk()
    // By name, so that the draws do not depend on the order of a dictionary.
    for (name, file) in files.sorted(by: { $0.key < $1.key }) {
      disk.files[name] = DiskFile(file.survivors(loss, &random))
    }
    return disk
  }
}

/// One file of a simulated disk, with the locks and the shared memory that go with it.
final class DiskFile {
  private(set) var bytes: [UInt8]
  private var synced: [UInt8]
  private(set) var unsynced: [SimulatedDisk.Unsynced] = []
  /// The index of SQLite's log, which its connections share: never on the disk.
  let shared = SharedIndex()
  /// Who has the file locked, and how far.
  var locks: [ObjectIdentifier: Int32] = [:]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    synced = bytes
  }

  func write(_ new: [UInt8], at offset: Int) {
    Self.apply(.write(at: offset, new), to: &bytes)
    unsynced.append(.write(at: offset, new))
  }

  func truncate(to size: Int) {
    Self.apply(.truncate(size), to: &bytes)
    unsynced.append(.truncate(size))
  }

  func sync() {
    for write in unsynced { Self.apply(write, to: &synced) }
    unsynced.removeAll(keepingCapacity: true)
  }

  /// A sync failed: what was to be written counts as written, as the kernel has it, and is read back
  /// until the power fails. Only what is written once more is safe with a later sync.
  func failSync() { unsynced.removeAll(keepingCapacity: true) }

  func survivors(_ loss: SimulatedDisk.Loss, _ random: inout SeededGenerator) -> [UInt8] {
    var image = synced
    switch loss {
    case .all: break
    case .none: image = bytes
    case .tail:
      let kept = Int.random(in: 0...unsynced.count, using: &random)
      for write in unsynced.prefix(kept) { Self.apply(write, to: &image) }
      if kept < unsynced.count { Self.tear(unsynced[kept], into: &image, &random) }
    case .scattered:
      for write in unsynced.shuffled(using: &random) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: Self.apply(write, to: &image)
        case 1: Self.tear(write, into: &image, &random)
        default: break
        }
      }
    }
    return image
  }

  private static func apply(_ write: SimulatedDisk.Unsynced, to image: inout [UInt8]) {
    switch write {
    case .write(let offset, let new):
      let end = offset + new.count
      if image.count < end { image.append(contentsOf: repeatElement(0, count: end - image.count)) }
      image.replaceSubrange(offset..<end, with: new)
    case .truncate(let size):
      if image.count > size { image.removeLast(image.count - size) }
    }
  }

  /// Some of a write's sectors reach the disk.
  private static func tear(
    _ write: SimulatedDisk.Unsynced, into image: inout [UInt8], _ random: inout SeededGenerator
  ) {
    guard case .write(let offset, let new) = write else { return }
    var start = 0
    while start < new.count {
      // To the end of the disk's own sector.
      let size = SimulatedDisk.sectorBytes - (offset + start) % SimulatedDisk.sectorBytes
      let end = min(start + size, new.count)
      if Bool.random(using: &random) {
        apply(.write(at: offset + start, Array(new[start..<end])), to: &image)
      }
      start = end
    }
  }
}

/// Memory that the connections to one file share, in regions, with eight locks.
@safe final class SharedIndex {
  static let locksMax = 8

  private var regions: [UnsafeMutableRawPointer] = unsafe []
  private var holders: [[ObjectIdentifier: Bool]] = Array(repeating: [:], count: locksMax)
  /// Who has it mapped.
  private var users: Set<ObjectIdentifier> = []

  deinit { drop() }

  /// The first to map it finds it empty, and makes it anew from the log.
  func join(_ user: ObjectIdentifier, bytes: Int) {
    if users.isEmpty {
      unsafe regions.forEach {
        _ = unsafe $0.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      }
    }
    users.insert(user)
  }

  func leave(_ user: ObjectIdentifier) {
    unlock(0..<Self.locksMax, by: user)
    users.remove(user)
  }

  /// - Returns: a region; nil when it is not there and is not to be made.
  func region(_ number: Int, bytes: Int, make: Bool) -> UnsafeMutableRawPointer? {
    while unsafe regions.count <= number {
      guard make else { return nil }
      let region = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
      unsafe region.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      unsafe regions.append(region)
    }
    return unsafe regions[number]
  }

  func drop() {
    unsafe regions.forEach { unsafe $0.deallocate() }
    unsafe regions = []
  }

  /// - Returns: whether the locks are the holder's now.
  func lock(_ range: Range<Int>, by holder: ObjectIdentifier, isExclusive: Bool) -> Bool {
    for slot in range {
      let others = holders[slot].filter { $0.key != holder }
      let isTaken = isExclusive ? !others.isEmpty : others.values.contains(true)
      if isTaken { return false }
    }
    for slot in range { holders[slot][holder] = isExclusive }
    return true
  }

  func unlock(_ range: Range<Int>, by holder: ObjectIdentifier) {
    for slot in range { holders[slot][holder] = nil }
  }
}
