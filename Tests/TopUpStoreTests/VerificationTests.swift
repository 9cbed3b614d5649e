import Testing
import TopUpCore
import TopUpStore

@Suite struct VerificationTests {
  /// Five entries of one top-up each, described so that their bytes are found in the file.
  private func filled() async throws -> StoreDirectory {
    let directory = try StoreDirectory()
    let store = try directory.open()
    for number in 1...5 {
      let account = Sample.ddc(UInt8(number))
      let topUp = Sample.topUp("\(number)", account: account)
      let charged = Sample.moved(topUp, to: .charged) {
        $0.books.charged = 2_500
        $0.books.held = 2_500
      }
      try await store.commit(
        .beginTopUp(topUp, cause: "decided"),
        .reserve(topUp.id, [Sample.window("day")], minorUnits: 2_500),
        .post(
          Entry(
            topUp: topUp.id, "charge captured №\(number)",
            Entry.move(2_500, from: .held(account, .eur), to: .processor(.eur)))),
        .moveTopUp(charged, cause: "charged"))
    }
    store.close()
    return directory
  }

  private func offset(of needle: [UInt8], in bytes: [UInt8]) throws -> Int {
    let last = bytes.count - needle.count
    let found = (0...last).filter { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
    try #require(found.count == 1, "the bytes stand once in the file")
    return found[0]
  }

  @Test func `a sound store has nothing wrong with it`() async throws {
    let directory = try await filled()
    #expect(try StoreFile.verify(path: directory.file) == [])
    #expect(try directory.open().fence == 2)
  }

  @Test func `any flipped byte of an entry is found, in that entry (26)`() async throws {
    let directory = try await filled()
    let bytes = try directory.bytes()
    let description = Array("charge captured №3".utf8)
    let start = try offset(of: description, in: bytes)
    // The record's head, then description, corrected entry (NULL has no bytes), 6 bytes of time
    // and 32 of digest.
    let end = start + description.count + 6 + 32
    for place in start..<end {
      for bit in [UInt8(1), 0x80] {
        try directory.overwrite(at: place, bytes[place] ^ bit)
        let faults = try StoreFile.verify(path: directory.file)
        #expect(
          faults.contains { $0.location == "entry 3" }, "byte \(place - start), bit \(bit)")
      }
      try directory.overwrite(at: place, bytes[place])
    }
    // In the head a flip changes which bytes belong to what.
    for place in start - 8..<start {
      try directory.overwrite(at: place, bytes[place] ^ 1)
      let faults = try? StoreFile.verify(path: directory.file)
      #expect(faults?.isEmpty != true, "byte \(place - start)")
      try directory.overwrite(at: place, bytes[place])
    }
    #expect(try StoreFile.verify(path: directory.file) == [])
  }

  @Test func `any flipped byte of a posting's amounts is found, in its entry (26)`() async throws {
    let directory = try await filled()
    let bytes = try directory.bytes()
    // The processor's balance after the fourth entry: 10,000, sign bit set.
    let balance: [UInt8] = [0x80] + [UInt8](repeating: 0, count: 13) + [0x27, 0x10]
    let start = try offset(of: balance, in: bytes)
    for place in start - 16..<start + 16 {
      try directory.overwrite(at: place, bytes[place] ^ 4)
      let faults = try StoreFile.verify(path: directory.file)
      #expect(faults.contains { $0.location == "entry 4" }, "byte \(place - start)")
      try directory.overwrite(at: place, bytes[place])
    }
  }

  @Test func `a renamed ledger account is found in its entries`() async throws {
    let directory = try await filled()
    let bytes = try directory.bytes()
    let name = LedgerAccount.held(Sample.ddc(2), .eur).name
    let last = bytes.count - name.utf8.count
    for place in 0...last where bytes[place..<place + name.utf8.count].elementsEqual(name.utf8) {
      try directory.overwrite(at: place + 7, bytes[place + 7] ^ 1)
    }
    let faults = try StoreFile.verify(path: directory.file)
    #expect(faults.contains { $0.location == "entry 2" })
  }

  @Test func `a cut tail is seen by the head that was exported (26, 50)`() async throws {
    let directory = try await filled()
    let early = try directory.bytes()
    let store = try directory.open()
    try await store.commit(.post(Sample.charged(nil, Sample.ddc(1))))
    let exported = try store.look { try $0.head() }
    try await store.commit(.post(Sample.charged(nil, Sample.ddc(1))))
    #expect(try store.verify(against: exported) == [])
    store.close()
    // An old copy is put back; by itself it is sound.
    try directory.write(early)
    #expect(try StoreFile.verify(path: directory.file) == [])
    let behind = try StoreFile.verify(path: directory.file, against: exported)
    #expect(behind == [StoreFault("entry 6", "was exported as the head, and is not there")])
    // And goes on otherwise than before.
    let restored = try directory.open()
    try await restored.commit(.post(Sample.charged(nil, Sample.ddc(2))))
    let other = try restored.verify(against: exported)
    #expect(other == [StoreFault("entry 6", "was exported as the head with another digest")])
  }

  @Test func `books that are not what was posted are found (22, 24)`() async throws {
    let directory = try StoreDirectory()
    let store = try directory.open()
    let topUp = Sample.topUp("1")
    let charged = Sample.moved(topUp, to: .charged) {
      $0.books.charged = 2_500
      $0.books.held = 2_500
    }
    try await store.commit(
      .beginTopUp(topUp, cause: "x"), .moveTopUp(charged, cause: "x"))
    #expect(
      try store.verify() == [
        StoreFault("top-up tu_1", "held is 2500 in its books and 0 in its postings")
      ])
    try await store.commit(.post(Sample.charged(topUp, topUp.account)))
    #expect(try store.verify() == [])
  }

  @Test func `a debt of nothing, or that blocks though nothing is owed, is found (27)`()
    async throws
  {
    let directory = try StoreDirectory()
    let store = try directory.open()
    let account = Sample.ddc(3)
    let block = AccountBlock(.debt, actor: "topupd", reason: "taken", since: Sample.now)
    let name = "account \(account.name)"
    try await store.commit(.beginBlock(account, block))
    #expect(
      try store.verify() == [
        StoreFault(name, "it is blocked for a debt, and owes nothing (invariant 27)")
      ])
    try await store.commit(
      .post(
        Entry(
          topUp: nil, "x",
          Entry.move(7, from: .debt(account, .eur), to: .processor(.eur)))))
    #expect(
      try store.verify() == [
        StoreFault(name, "it owes -7 EUR, and 0 for its top-ups (invariant 27)")
      ])
  }
}
