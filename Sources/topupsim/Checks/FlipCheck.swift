import SimulatedWorld
import TopUpCore
import TopUpStore

/// The ledger of a run is put on another disk, a bit of one of its entries is flipped there, and the
/// store must find it, and say where (invariant 26).
struct FlipCheck {
  /// One commit of so many has its entry kept in mind.
  private static let every = 8
  /// The bytes before an entry's digest that are its own: when it was posted.
  private static let timeBytes = 6

  private var heads: [LedgerHead] = []
  private var commits = 0

  /// - Parameter head: as it stands after a commit that posted.
  mutating func posted(_ head: () throws(StoreError) -> LedgerHead) {
    commits += 1
    guard commits % Self.every == 1, let head = try? head() else { return }
    heads.append(head)
  }

  /// Forgets what an older copy of the store does not have.
  mutating func restored() { heads = [] }

  /// - Parameter contents: of a disk that no daemon uses any more.
  func faults(_ contents: [String: [UInt8]], _ generator: inout SeededGenerator) -> [Violation] {
    guard let head = heads.randomElement(using: &generator) else { return [] }
    let at = Int.random(in: -Self.timeBytes..<head.digest.count, using: &generator)
    let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
    let name = "entry \(head.position)"
    let disk = SimulatedDisk(contents)
    do throws(StoreError) {
      // Closed in peace, all that the log has is in the file.
      try Self.withStore(on: disk) { _ in }
      guard let file = disk.file(Replica.database, make: false) else { return [] }
      let places = Self.places(of: head.digest, in: file.bytes)
      guard !places.isEmpty else { return [Violation("26", "the digest of \(name) is gone")] }
      // A page that was split may hold it still, and be free.
      for place in places { file.write([file.bytes[place + at] ^ bit], at: place + at) }
      let found = try Self.withStore(on: disk) { file throws(StoreError) in try file.verify() }
      if found.contains(where: { $0.location == name }) { return [] }
      return [Violation("26", "a bit of \(name) is flipped, and what is found is \(found)")]
    } catch {
      // Not even opened.
      if case .corrupt(let why) = error, why.contains(name) { return [] }
      return [Violation("26", "a bit of \(name) is flipped, and it is said that \(error)")]
    }
  }

  private static func withStore<Value>(
    on disk: SimulatedDisk, _ body: (StoreFile) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let process = DiskProcess(on: disk)
    defer { process.forget() }
    let file = try StoreFile.open(
      path: process.path(Replica.database), vfs: DiskVFS.name, isInline: true, isAlone: false,
      randomBytes: { Array(repeating: 7, count: $0) })
    defer { file.close() }
    return try body(file)
  }

  private static func places(of digest: [UInt8], in bytes: [UInt8]) -> [Int] {
    guard let first = digest.first, bytes.count >= digest.count else { return [] }
    var places: [Int] = []
    for place in timeBytes...(bytes.count - digest.count)
    where bytes[place] == first && bytes[place..<place + digest.count].elementsEqual(digest) {
      places.append(place)
    }
    return places
  }
}
