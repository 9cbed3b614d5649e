import Testing

@testable import topupctl

@Suite struct ServerAddressTests {
  @Test(arguments: [
    ("127.0.0.1:50051", "127.0.0.1", 50_051), ("topupd", "topupd", 50_051),
    ("topupd.default.svc:7", "topupd.default.svc", 7), ("[::1]:50052", "::1", 50_052),
    ("[::1]", "::1", 50_051),
  ])
  func `host and port are read`(text: String, host: String, port: UInt16) throws {
    let address = try ServerAddress(text)
    #expect(address == ServerAddress(host: host, port: port))
  }

  @Test(arguments: [
    "", ":50051", "http://topupd:50051", "::1", "host:", "host:0", "host:65536", "host:+5",
    "host:5x", "unix:", "https://", "https://http://x", "[::1", "[::1]50051", "a b:1",
  ])
  func `what names no port is refused`(text: String) {
    #expect(throws: UsageError.self) { try ServerAddress(text) }
  }

  @Test func `https asks for TLS and unix for a socket`() throws {
    #expect(try ServerAddress("https://topupd").tls != nil)
    #expect(try ServerAddress("topupd").tls == nil)
    #expect(try ServerAddress("unix:/run/topupd").isUnix)
  }

  @Test func `an address is written so that it can be read again`() throws {
    for text in ["[::1]:50052", "topupd:7", "https://topupd:7", "unix:/run/topupd"] {
      #expect(try ServerAddress(text).description == text)
    }
  }
}
