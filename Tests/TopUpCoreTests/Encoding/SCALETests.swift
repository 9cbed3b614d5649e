import Testing
import TopUpCore

@Suite struct SCALETests {
  @Test(
    arguments: [
      (0, "00"), (1, "04"), (63, "fc"), (64, "0101"), (16_383, "fdff"), (16_384, "02000100"),
      (1_073_741_823, "feffffff"), (1_073_741_824, "0300000040"), (4_294_967_295, "03ffffffff"),
      (4_294_967_296, "070000000001"), (UInt128(UInt64.max), "13ffffffffffffffff"),
      (UInt128.max, "33ffffffffffffffffffffffffffffffff"),
    ] as [(UInt128, String)])
  func `compact integers have one form, in both directions`(value: UInt128, hex: String) throws {
    var writer = SCALEWriter()
    writer.compact(value)
    #expect(Hex.text(writer.bytes) == hex)
    var reader = SCALEReader(writer.bytes)
    #expect(try reader.compact(UInt128.self) == value)
    try reader.finish()
  }

  @Test(arguments: [
    "0100", "fd00", "02000000", "feff0000", "03ffffff3f", "070000000000", "07ffffffff00",
    "33ffffffffffffffffffffffffffffff00",
  ])
  func `a longer form than needed is refused`(hex: String) throws {
    var reader = SCALEReader(try #require(Hex.bytes(hex)))
    #expect(throws: SCALEError.notMinimal(offset: 0)) { _ = try reader.compact(UInt128.self) }
  }

  @Test(arguments: ["070000000001", "33ffffffffffffffffffffffffffffffff"])
  func `what the type cannot hold is refused`(hex: String) throws {
    var reader = SCALEReader(try #require(Hex.bytes(hex)))
    #expect(throws: SCALEError.tooLarge(offset: 0)) { _ = try reader.compact(UInt32.self) }
  }

  @Test func `seventeen bytes of number are refused, whatever the type`() {
    var reader = SCALEReader([0x37] + Array(repeating: 0xFF, count: 17))
    #expect(throws: SCALEError.tooLarge(offset: 0)) { _ = try reader.compact(UInt128.self) }
  }

  @Test(arguments: ["", "01", "020000", "03000000", "0700000000", "33"])
  func `a cut integer is refused`(hex: String) throws {
    let bytes = try #require(Hex.bytes(hex))
    var reader = SCALEReader(bytes)
    #expect(throws: SCALEError.truncated(offset: bytes.count)) {
      _ = try reader.compact(UInt128.self)
    }
  }

  @Test func `a count beyond the bytes that follow is refused before it is believed`() {
    var reader = SCALEReader([0x03, 0xFF, 0xFF, 0xFF, 0xFF, 0x04, 0x04])
    #expect(throws: SCALEError.truncated(offset: 7)) {
      _ = try reader.vector(elementBytesMin: 1) { (reader: inout SCALEReader) throws(SCALEError) in
        try reader.compact(UInt32.self)
      }
    }
  }
}
