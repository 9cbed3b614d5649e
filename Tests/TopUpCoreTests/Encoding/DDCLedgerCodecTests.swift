import Testing
import TopUpCore

@Suite struct DDCLedgerCodecTests {
  let alice: AccountID32
  let bob: AccountID32
  let ledger: DDCLedger
  static let value =
    "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d070088526a740700a0db215d040700"
    + "e876481702270600"

  init() throws {
    alice = try AccountID32(text: "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmpi")
    bob = try AccountID32(text: "6SjhkQYwZm2Qjnd3bKCkbgnZj5uXS5Sj97CmXECKHZUwWyVm")
    ledger = DDCLedger(
      owner: alice, total: Planck(500_000_000_000), active: Planck(400_000_000_000),
      unlocking: [.init(value: Planck(100_000_000_000), block: 100_800)])
  }

  @Test func `Alice's ledger in Dragon 1 lies under its known key`() throws {
    let cluster = try #require(ClusterID(hex: "0x0059f5ada35eee46802d80750d5ca4a490640511"))
    #expect(
      Hex.prefixedText(DDCLedgerCodec.storageKey(of: DDCAccount(cluster: cluster, owner: alice)))
        == "0xaffb44e1082c7d59adbb5ebdf73bb14c4e5d0f20b61abee69002a08fa96842a4"
        + "8be1fbeaa7d3f8d7a144305dd1da95d56c2b62e11519d8cc530ea55bae6dec7c"
        + "2e3fb4c297a84c5cebc0e78257d213d0927ccc7596044c6ba013dd05522aacba")
  }

  @Test func `the known value is read, and written the same`() throws {
    let bytes = try #require(Hex.bytes(Self.value))
    #expect(try DDCLedgerCodec.ledger(from: bytes, of: alice) == ledger)
    #expect(DDCLedgerCodec.value(of: ledger) == bytes)
  }

  @Test func `a ledger without chunks and with 32 reads back`() throws {
    var other = ledger
    for count in [0, 32] {
      other.unlocking = (0..<count).map {
        .init(value: Planck(Int128($0) << 90), block: UInt32($0) << 27)
      }
      let bytes = DDCLedgerCodec.value(of: other)
      #expect(try DDCLedgerCodec.ledger(from: bytes, of: alice) == other)
    }
  }

  @Test func `another owner's ledger is refused`() throws {
    let bytes = try #require(Hex.bytes(Self.value))
    #expect(throws: DDCLedgerError.otherOwner) {
      _ = try DDCLedgerCodec.ledger(from: bytes, of: bob)
    }
  }

  @Test func `a value cut anywhere is refused`() throws {
    let bytes = try #require(Hex.bytes(Self.value))
    for count in 0..<bytes.count {
      #expect(throws: DDCLedgerError.malformed(.truncated(offset: count))) {
        _ = try DDCLedgerCodec.ledger(from: Array(bytes.prefix(count)), of: alice)
      }
    }
  }

  @Test func `trailing bytes are refused`() throws {
    let bytes = try #require(Hex.bytes(Self.value + "00"))
    #expect(throws: DDCLedgerError.malformed(.trailing(offset: bytes.count - 1))) {
      _ = try DDCLedgerCodec.ledger(from: bytes, of: alice)
    }
  }

  @Test func `an amount above 2^127 - 1 and a block above 2^32 - 1 are refused`() {
    var writer = SCALEWriter()
    writer.raw(alice.bytes)
    writer.compact(UInt128(1) << 127)
    #expect(throws: DDCLedgerError.malformed(.tooLarge(offset: 32))) {
      _ = try DDCLedgerCodec.ledger(from: writer.bytes, of: alice)
    }
    writer = SCALEWriter()
    writer.raw(alice.bytes + [4, 4, 4, 4])
    writer.compact(UInt64(1) << 32)
    #expect(throws: DDCLedgerError.malformed(.tooLarge(offset: 36))) {
      _ = try DDCLedgerCodec.ledger(from: writer.bytes, of: alice)
    }
  }
}
