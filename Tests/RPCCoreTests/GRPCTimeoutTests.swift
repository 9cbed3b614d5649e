import RPCCore
import Testing

@Suite struct GRPCTimeoutTests {
  @Test(arguments: [
    ("1H", 3_600_000_000_000), ("2M", 120_000_000_000), ("3S", 3_000_000_000),
    ("250m", 250_000_000), ("4u", 4_000), ("5n", 5), ("0n", 0),
    ("99999999H", Int64.max), ("99999999S", 99_999_999_000_000_000),
  ])
  func `every unit is read, and the largest does not overflow`(text: String, span: Int64) throws {
    #expect(try GRPCTimeout.parse(Array(text.utf8).span) == span)
  }

  @Test(arguments: [
    "", "1", "S", "123456789S", "-1S", "+1S", "1.5S", " 1S", "1 S", "1s", "1h", "1x",
  ])
  func `any other shape is refused`(text: String) {
    #expect(throws: WireError.malformedTimeout) {
      _ = try GRPCTimeout.parse(Array(text.utf8).span)
    }
  }

  @Test func `a written timeout has at most eight digits and never rounds down`() throws {
    for span: Int64 in [0, 1, 99_999_999, 100_000_000, 100_000_001, 5_000_000_000, .max] {
      let text = GRPCTimeout.format(nanoseconds: span)
      #expect(text.utf8.count <= 9)
      #expect(
        try GRPCTimeout.parse(Array(text.utf8).span) >= span)
    }
  }
}
