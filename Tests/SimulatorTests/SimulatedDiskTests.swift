import SimulatedWorld
import Testing
import TopUpCore
import TopUpStore

@testable import topupsim

/// What a store keeps on a disk that fails as disks do.
@Suite struct SimulatedDiskTests {
  private static let now = UnixTime(seconds: 1_795_221_900)

  private func open(_ process: DiskProcess) throws -> StoreFile {
    DiskVFS.register()
    return try StoreFile.open(
      path: process.path("store"), vfs: DiskVFS.name, isInline: true, isAlone: false,
      randomBytes: { Array(repeating: 7, count: $0) })
  }

  private func note(_ id: String, in store: StoreFile) async throws(StoreError) {
    let event = InboxEvent(
      id: id, type: "x", object: "x", intent: nil, body: [], received: Self.now)
    try await store.commit(Commit(now: Self.now, fence: store.fence, [.receiveInbox(event)]))
  }

  private func noted(in store: StoreFile) throws -> [String] {
    try store.read { snapshot throws(StoreError) in
      try snapshot.inbox(stuckOnly: false, after: nil, limit: 9)
    }.map(\.event.id)
  }

  @Test func `what follows a failed sync outlives a loss of power after the restart (49)`()
    async throws
  {
    let disk = SimulatedDisk()
    let first = DiskProcess(on: disk)
    let store = try open(first)
    try await note("before", in: store)
    first.judge = { $0 == .sync ? .fails(sqliteErrorFsync) : .done }
    await #expect(throws: StoreError.self) { try await note("in doubt", in: store) }
    first.die()

    // The kernel has it in its cache, counts it as written, and gives it back.
    let second = DiskProcess(on: disk)
    let again = try open(second)
    #expect(try noted(in: again) == ["before", "in doubt"])
    try await note("after", in: again)
    second.die()

    var random = SeededGenerator(seed: 1)
    let third = DiskProcess(on: disk.afterPowerLoss(.all, &random))
    let last = try open(third)
    #expect(try noted(in: last) == ["before", "in doubt", "after"])
    #expect(try last.verify() == [])
    last.close()
    for process in [first, second, third] { process.forget() }
  }
}
