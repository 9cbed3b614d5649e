import RPCCore
import Testing

@Suite struct MetadataTests {
  @Test func `pairs keep their order, and one key may hold several`() throws {
    var metadata = Metadata()
    try metadata.append("1", forKey: "a")
    try metadata.append([1, 2], forKey: "b-bin")
    try metadata.append("2", forKey: "a")
    #expect(metadata.map(\.key) == ["a", "b-bin", "a"])
    #expect(metadata.values("a") == [.text("1"), .text("2")])
    #expect(metadata.text("a") == "1")
    #expect(metadata.bytes("b-bin") == [1, 2])
    #expect(metadata.text("b-bin") == nil)
    #expect(metadata.bytes("a") == nil)
    #expect(metadata.text("c") == nil)
  }

  @Test func `a literal says the same`() throws {
    var metadata = Metadata()
    try metadata.append("1", forKey: "a")
    try metadata.append([3], forKey: "b-bin")
    #expect(metadata == ["a": "1", "b-bin": .bytes([3])])
  }

  @Test(arguments: ["", "A", "a b", "a:b", ":path", "\u{FC}", "a\u{0}", "a/b"])
  func `a key of other letters is refused`(key: String) {
    var metadata = Metadata()
    #expect(throws: MetadataError.badKey(key)) { try metadata.append("x", forKey: key) }
  }

  @Test(arguments: [
    "te", "content-type", "content-length", "host", "user-agent", "connection", "upgrade",
    "grpc-status", "grpc-timeout", "grpc-anything",
  ])
  func `a key that the protocol owns is refused`(key: String) {
    var metadata = Metadata()
    #expect(throws: MetadataError.reservedKey(key)) { try metadata.append("x", forKey: key) }
  }

  @Test func `the two keys that a handler may set of gRPC's own are taken`() throws {
    var metadata = Metadata()
    try metadata.append("100", forKey: "grpc-retry-pushback-ms")
    try metadata.append([1], forKey: "grpc-status-details-bin")
    #expect(metadata.count == 2)
  }

  @Test func `text under a binary key and bytes under a text key are refused`() {
    var metadata = Metadata()
    #expect(throws: MetadataError.keyNeedsBytes("a-bin")) {
      try metadata.append("x", forKey: "a-bin")
    }
    #expect(throws: MetadataError.keyNeedsText("a")) { try metadata.append([1], forKey: "a") }
  }

  @Test(arguments: ["\n", "a\r\nb", "\u{7F}", "\u{E9}", "\u{0}", "\t"])
  func `a value outside printable ASCII is refused`(value: String) {
    var metadata = Metadata()
    #expect(throws: MetadataError.valueNotASCII("a")) { try metadata.append(value, forKey: "a") }
    #expect(metadata.isEmpty)
  }
}
