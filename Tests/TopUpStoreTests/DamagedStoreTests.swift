import Testing
import TopUpCore
import TopUpStore

/// What becomes of a file whose bytes were changed while nobody had it open.
@Suite struct DamagedStoreTests {
  private static let pageBytes = 4_096

  /// A closed store with entries enough for several pages of each table.
  private func filled(_ entries: Int = 300) async throws -> StoreDirectory {
    let directory = try StoreDirectory()
    let store = try directory.open()
    for number in 1...entries {
      try await store.commit(.post(Sample.charged(nil, Sample.ddc(UInt8(number % 7)))))
    }
    store.close()
    return directory
  }

  /// What opening it says; nil when it opens.
  private func refusal(_ directory: StoreDirectory) throws -> String? {
    do {
      try directory.open().close()
      return nil
    } catch StoreError.corrupt(let why) {
      return why
    }
  }

  /// Where the last byte of the processor's balance after an entry lies.
  private static func place(ofBalanceAfter entry: Int, in bytes: [UInt8]) -> Int? {
    let cents = 2_500 * entry
    let balance: [UInt8] =
      [0x80] + [UInt8](repeating: 0, count: 11)
      + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: cents >> $0) }
    let first = (0...bytes.count - balance.count).first {
      bytes[$0] == 0x80 && bytes[$0..<$0 + balance.count].elementsEqual(balance)
    }
    return first.map { $0 + balance.count - 1 }
  }

  @Test func `a page that is no page any more is refused at opening, or found, whichever it is`()
    async throws
  {
    let directory = try await filled()
    let bytes = try directory.bytes()
    let pages = bytes.count / Self.pageBytes
    #expect(pages > 20)
    var refused = 0
    for page in 0..<pages {
      // The page's kind and the number of its cells; the first page has the file's header before.
      for offset in page == 0 ? [0, 20, 100, 104] : [0, 4] {
        let place = page * Self.pageBytes + offset
        try directory.overwrite(at: place, bytes[place] ^ 0xFF)
        let verdict = try? StoreFile.verdict(path: directory.file)
        #expect(verdict?.faults.isEmpty != true, "page \(page), byte \(offset)")
        if let why = try? refusal(directory) {
          refused += 1
          #expect(why.contains(directory.file) && why.contains("'topupd verify'"))
        }
        try directory.write(bytes)
      }
    }
    #expect(refused > pages)
    #expect(try StoreFile.verify(path: directory.file) == [])
  }

  @Test func `a damaged store is refused as it is, not a byte of it changed`() async throws {
    let directory = try await filled()
    let bytes = try directory.bytes()
    var damaged = bytes
    // The last page is one of a table's or an index's; its head says what it is.
    damaged[bytes.count - Self.pageBytes] = 0xEE
    try directory.write(damaged)
    let why = try #require(try refusal(directory))
    #expect(why.hasPrefix("the file \(directory.file) is damaged, and nothing was changed in it"))
    #expect(try directory.bytes() == damaged)
  }

  @Test func `a changed amount of a late entry is refused at opening, and named`() async throws {
    let directory = try await filled(1_200)
    let bytes = try directory.bytes()
    // Balances of the processor after entries 1,150 and 100: the page stays a page.
    for (entry, isSeen) in [(1_150, true), (100, false)] {
      let place = try #require(Self.place(ofBalanceAfter: entry, in: bytes))
      try directory.overwrite(at: place, bytes[place] ^ 1)
      let why = try refusal(directory)
      #expect((why?.contains("entry \(entry)") ?? false) == isSeen, "\(why ?? "opened")")
      let faults = try StoreFile.verify(path: directory.file)
      #expect(faults.contains { $0.location == "entry \(entry)" })
      try directory.write(bytes)
    }
    #expect(try refusal(directory) == nil)
  }

  @Test func `damage to a store that is open is found, though its pages were read before`()
    async throws
  {
    let directory = try await filled()
    let bytes = try directory.bytes()
    let store = try directory.open()
    #expect(try store.verify() == [])
    let place = try #require(Self.place(ofBalanceAfter: 100, in: bytes))
    try directory.overwrite(at: place, bytes[place] ^ 1)
    #expect(try store.verify().contains { $0.location == "entry 100" })
    try directory.overwrite(at: place, bytes[place])
    #expect(try store.verify() == [])
  }

  @Test func `a file that is open elsewhere is not looked at alone`() async throws {
    let directory = try await filled(1)
    let store = try directory.open()
    #expect(
      throws: StoreError.unavailable("another process has the store open: \(directory.file)")
    ) { try StoreFile.verdict(path: directory.file, isAlone: true) }
    store.close()
    #expect(try StoreFile.verdict(path: directory.file, isAlone: true).head?.position == 1)
    #expect(throws: StoreError.self) { try StoreFile.verdict(path: directory.file + ".none") }
  }

  @Test func `more faults than are told are told to be more`() async throws {
    let directory = try await filled(1)
    let store = try directory.open()
    for number in 0..<1_200 {
      let topUp = Sample.topUp("\(number)", account: Sample.credits("\(number)"))
      let charged = Sample.moved(topUp, to: .charged) {
        $0.books.charged = 2_500
        $0.books.held = 2_500
      }
      try await store.commit(.beginTopUp(topUp, cause: "x"), .moveTopUp(charged, cause: "x"))
    }
    store.close()
    let verdict = try StoreFile.verdict(path: directory.file)
    #expect(verdict.faults.count == 1_000 && verdict.hasMore)
  }
}
