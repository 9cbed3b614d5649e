import Testing
import TopUpCore

@Suite struct SS58Tests {
  static let alice = "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmpi"
  static let aliceKey = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"

  /// Public development keys: valid, worthless, never to be funded.
  static let samples = [
    (aliceKey, alice),
    (
      "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48",
      "6SjhkQYwZm2Qjnd3bKCkbgnZj5uXS5Sj97CmXECKHZUwWyVm"
    ),
    (
      "90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22",
      "6SnMpagytkv3NQ2i86o5bMErZDauRPKaZtU74EVRZxfTpAFh"
    ),
    (
      "306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20",
      "6Qc5tmDx6mxifUsjNaD3tjAHhPEPkSvVzvd4ugNAU2BEqJVK"
    ),
    (
      "0e2887f643b007f7824475c07b9a9b588131dd99b227f3cf203288b49cad7c66",
      "6PqBfnpm61uHXX1QBqacQ36nKorFEvoQaHfRZmwHuvPqsCfV"
    ),
  ]

  @Test(arguments: samples)
  func `Cere addresses name their key, and keys their address`(hex: String, text: String) throws {
    let key = try #require(Hex.bytes(hex))
    let account = try #require(AccountID32(key))
    #expect(try AccountID32(text: text) == account)
    #expect(try AccountID32(text: "0x" + hex) == account)
    #expect(try AccountID32(text: "0x" + hex.uppercased()) == account)
    #expect(account.description == text)
  }

  @Test func `an address decodes to prefix, key and checksum`() throws {
    #expect(Hex.text(try Base58.bytes(Self.alice)) == "36" + Self.aliceKey + "243f")
    let salt = BLAKE2b.digest(of: Array("SS58PRE".utf8), bytes: 64)
    #expect(Hex.text(salt.prefix(8)) == "31096211b4b51ab5")
  }

  @Test func `the least and the greatest key have the known first letters`() throws {
    let least = try #require(AccountID32(Array(repeating: 0, count: 32)))
    let greatest = try #require(AccountID32(Array(repeating: 0xFF, count: 32)))
    #expect(least.description.hasPrefix("6PWcxaEm") && least.description.count == 48)
    #expect(greatest.description.hasPrefix("6VJHDZnB") && greatest.description.count == 48)
    #expect(SS58.text(least, prefix: 42).hasPrefix("5C4hrfjw"))
    #expect(SS58.text(greatest, prefix: 42).hasPrefix("5HrN7fHL"))
    for account in [least, greatest] {
      #expect(try AccountID32(text: account.description) == account)
    }
  }

  @Test func `prefix 42 is the same account, taken only when switched on`() throws {
    let text = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
    #expect(
      try AccountID32(text: text, accepting: .cereAndGeneric) == AccountID32(text: Self.alice))
    #expect(throws: SS58Error.wrongNetwork(prefix: 42, accepted: .cere)) {
      _ = try AccountID32(text: text)
    }
  }

  @Test(
    arguments: [
      ("15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5", 0),
      ("VdvKmYJfD4VXA9fzz1SbmCo2eYHSzUFbaDCZSuaNKJAe8YNg6", 1284),
    ] as [(String, UInt16)])
  func `another network's address is well formed and refused`(text: String, prefix: UInt16) throws {
    for networks in [SS58.Networks.cere, .cereAndGeneric] {
      #expect(throws: SS58Error.wrongNetwork(prefix: prefix, accepted: networks)) {
        _ = try AccountID32(text: text, accepting: networks)
      }
    }
    let address = try SS58.address(text, accepting: .every)
    #expect(address.prefix == prefix)
    #expect(Hex.text(address.account.bytes) == Self.aliceKey)
    #expect(SS58.text(address.account, prefix: prefix) == text)
  }

  /// The third stands as an example in the documentation of Cere's own SDK.
  @Test(arguments: [
    "6UJs22j5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmpi",
    "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmp2",
    "5D5PhZQNJzcJXVBxwJxZcsutjKPqUPydrvpu6HeiBfMae2Qu",
  ])
  func `a mistyped address is refused by its checksum`(text: String) {
    #expect(throws: SS58Error.wrongChecksum) {
      _ = try AccountID32(text: text, accepting: .cereAndGeneric)
    }
  }

  @Test func `any single exchanged character is noticed`() throws {
    let letters = Array(Self.alice)
    for index in letters.indices {
      var mistyped = letters
      mistyped[index] = mistyped[index] == "7" ? "8" : "7"
      #expect(throws: SS58Error.self) { _ = try AccountID32(text: String(mistyped)) }
    }
  }

  @Test func `the checks run in order: length, alphabet, decoded length, prefix, checksum`() {
    expect("", .empty)
    expect(String(repeating: "0", count: 65), .tooLong(charactersMax: 64))
    expect(String(repeating: "0", count: 64), .notInAlphabet("0", position: 1))
    expect(String(repeating: "1", count: 64), .wrongLength(bytes: 64))
    expect(Self.alice + "1", .wrongLength(bytes: 36))
    expect(String(Self.alice.dropLast()), .wrongLength(bytes: 34))
    // Wrong network and wrong checksum together: the network is named.
    expect(
      "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp6",
      .wrongNetwork(prefix: 0, accepted: .cere))
  }

  @Test(
    arguments: [
      [46], [47],  // Kept back.
      [0x80, 0x00], [0xFF, 0xFF],  // The first byte's upper half.
      [0x40, 0x00],  // Prefix 0 in the form of two bytes.
      [0x4F, 0xC0],  // Prefix 63 in the form of two bytes.
    ] as [[UInt8]])
  func `bytes that are no prefix are refused`(prefix: [UInt8]) {
    let text = Base58.text(prefix + [UInt8](repeating: 7, count: 34))
    #expect(throws: SS58Error.badPrefix) { _ = try SS58.address(text, accepting: .every) }
  }

  @Test func `every prefix there is reads back`() throws {
    let account = try AccountID32(text: Self.alice)
    for prefix in (0...16_383 as ClosedRange<UInt16>) where prefix % 61 == 0 || prefix < 130 {
      guard prefix != 46, prefix != 47 else { continue }
      let text = SS58.text(account, prefix: prefix)
      let address = try SS58.address(text, accepting: .every)
      #expect(address.prefix == prefix && address.account == account)
    }
  }

  @Test(arguments: [
    "0x", "0x" + aliceKey.dropLast(), "0x" + aliceKey + "0", "0x" + aliceKey.dropLast() + "g",
  ])
  func `raw hex has exactly 64 digits`(text: String) {
    expect(text, .badHex)
  }

  @Test func `hex without 0x and a capital X are no hex`() {
    expect(Self.aliceKey, .notInAlphabet("0", position: 25))
    expect("0X12", .notInAlphabet("0", position: 1))
  }

  @Test func `each refusal says what to do about it`() {
    #expect(
      SS58Error.wrongNetwork(prefix: 0, accepted: .cere).description
        == "wrong network: prefix 0 (Polkadot); this service takes prefix 54 (Cere)")
    #expect(
      SS58Error.wrongNetwork(prefix: 1284, accepted: .cereAndGeneric).description
        == "wrong network: prefix 1284; "
        + "this service takes prefixes 54 (Cere) and 42 (generic Substrate)")
    #expect(
      SS58Error.notInAlphabet("O", position: 7).description
        == "character 7 (O) cannot stand in an address, "
        + "which has letters and digits but never 0, O, I or l")
    #expect(!SS58Error.notInAlphabet("\u{1B}", position: 1).description.contains("\u{1B}"))
    let others: [SS58Error] = [
      .empty, .tooLong(charactersMax: 64), .wrongLength(bytes: 34), .badPrefix, .wrongChecksum,
      .badHex,
    ]
    #expect(Set(others.map(\.description)).count == others.count)
  }

  private func expect(_ text: String, _ error: SS58Error) {
    #expect(throws: error) { _ = try AccountID32(text: text) }
  }
}

@Suite struct ClusterIDTests {
  @Test func `a cluster reads from 0x and 40 digits, and shows so`() throws {
    let text = "0x0059f5ada35eee46802d80750d5ca4a490640511"
    #expect(ClusterID(hex: text)?.description == text)
    #expect(ClusterID(hex: String(text.dropLast())) == nil)
    #expect(ClusterID(hex: text + "0") == nil)
    #expect(ClusterID(hex: text.dropFirst(2) + "00") == nil)
    #expect(ClusterID(hex: text.dropLast() + "g") == nil)
  }
}
