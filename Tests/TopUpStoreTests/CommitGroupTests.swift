import Testing
import TopUpCore

@testable import TopUpStore

/// Groups that grow while they are applied, by the writer that has no thread.
@Suite struct CommitGroupTests {
  private let directory: StoreDirectory
  private let commits = CommitCount()

  init() throws {
    directory = try StoreDirectory()
    try directory.open().close()
  }

  private struct Group: CommitGroup {
    var taken: [Commit] = []

    var count: Int { taken.count }

    func commit(at place: Int) -> Commit { taken[place] }
  }

  private func writer() throws -> BatchWriter {
    let connection = try Connection(path: directory.file, .writer)
    let fence = try connection.settings().fence
    return BatchWriter(
      connection, fence: fence, doubt: Doubt { _ in }, commits: commits, standings: nil, room: nil)
  }

  /// Raises a source's mark from 0, and so only once.
  private func mark(_ name: String, _ writer: BatchWriter) throws -> Commit {
    Commit(
      now: Ground.now, fence: try writer.connection.settings().fence,
      [.advanceSource(SourceID(name: name, epoch: 1), from: 0, to: 1)])
  }

  @Test func `what queues meanwhile is made durable by the same commit, and each has its answer`()
    throws
  {
    let writer = try writer()
    var later = [
      [try mark("b", writer), try mark("a", writer)], [try mark("c", writer)],
    ]
    var group = Group(taken: [try mark("a", writer)])
    let outcomes = writer.write(&group) { group in
      guard !later.isEmpty else { return false }
      group.taken += later.removeFirst()
      return true
    }
    // The third is the first once more.
    #expect(outcomes.map(\.isSuccess) == [true, true, false, true])
    #expect(commits.value == 1)
    let store = try directory.open()
    for name in ["a", "b", "c"] {
      #expect(try store.look { try $0.sourceHighWater(SourceID(name: name, epoch: 1)) } == 1)
    }
  }

  @Test func `a failure before the commit refuses those that have joined too`() throws {
    let writer = try writer()
    var group = Group(taken: [try mark("a", writer)])
    let joins = try mark("b", writer)
    let outcomes = writer.write(&group) { group in
      guard group.count == 1 else { return false }
      group.taken.append(joins)
      // Within the same transaction, so that it is undone too.
      _ = try? writer.connection.script("ALTER TABLE source RENAME TO lost")
      return true
    }
    #expect(outcomes.map(\.isSuccess) == [false, false])
    #expect(commits.value == 0)
    let store = try directory.open()
    for name in ["a", "b"] {
      #expect(try store.look { try $0.sourceHighWater(SourceID(name: name, epoch: 1)) } == 0)
    }
  }

  /// A group shows from its COMMIT on, which is before the writer counts it.
  @Test func `what one reader has seen of a commit, no later reader misses`() throws {
    let writer = try writer()
    let readers = ReaderPool(
      path: directory.file, vfs: nil, commits: CommitCount(try writer.connection.commitGroups()),
      viewSpan: .seconds(3_600))
    let source = SourceID(name: "a", epoch: 1)
    // Two keep their views of the file as it is.
    try readers.read { _ throws(StoreError) in try readers.read { _ in } }
    // The count that is raised is not the readers'.
    var group = Group(taken: [try mark("a", writer)])
    #expect(writer.write(&group) { _ in false }.map(\.isSuccess) == [true])
    let marks = try readers.read { first throws(StoreError) in
      try readers.read { second throws(StoreError) in
        try readers.read { third throws(StoreError) in
          [
            try first.sourceHighWater(source), try second.sourceHighWater(source),
            try third.sourceHighWater(source),
          ]
        }
      }
    }
    #expect(marks == [0, 0, 1])
    for _ in 0..<3 {
      let mark = try readers.read { view throws(StoreError) in try view.sourceHighWater(source) }
      #expect(mark == 1)
    }
  }

  /// What has no room beside the statement's other values is copied by SQLite.
  @Test(arguments: [0, 15, 16, 4_000, 4_095, 4_096, 4_097, 70_000])
  func `texts of any length are stored as they are`(bytes: Int) throws {
    let connection = try Connection(path: directory.file, .writer)
    try connection.script("CREATE TEMP TABLE kept (a TEXT, b BLOB, c TEXT) STRICT")
    let text = String(repeating: "x", count: bytes)
    let blob = [UInt8](repeating: 7, count: bytes)
    try connection.run("INSERT INTO kept VALUES (?, ?, ?)", text, blob, "last")
    // The next statement's values take the place of these.
    try connection.run("UPDATE kept SET c = ? WHERE c = ?", "new", "last")
    let read = try connection.first("SELECT a, b, c FROM kept") { row throws(SQLiteError) in
      (try row.text(), try row.blob(), try row.text())
    }
    #expect(read?.0 == text)
    #expect(read?.1 == blob)
    #expect(read?.2 == "new")
  }
}
