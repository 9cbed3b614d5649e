import Testing
import TopUpCore

@Suite struct BLAKE2bTests {
  @Test func `abc has the digest of RFC 7693, appendix A`() {
    #expect(
      Hex.text(BLAKE2b.digest(of: Array("abc".utf8), bytes: 64))
        == "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")
  }

  @Test func `the empty message has its well-known digest`() {
    #expect(
      Hex.text(BLAKE2b.digest(of: [], bytes: 64))
        == "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
        + "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce")
  }

  @Test func `a shorter digest is no truncated longer one`() {
    let short = BLAKE2b.digest(of: Array("abc".utf8), bytes: 32)
    #expect(
      Hex.text(short) == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
    #expect(short != Array(BLAKE2b.digest(of: Array("abc".utf8), bytes: 64).prefix(32)))
  }

  @Test func `the self-test of RFC 7693, appendix E, passes`() {
    var all = BLAKE2b(digestBytes: 32)
    for digestBytes in [20, 32, 48, 64] {
      for messageBytes in [0, 3, 128, 129, 255, 1024] {
        let message = Self.sequence(messageBytes)
        all.update(BLAKE2b.digest(of: message, bytes: digestBytes))
        let key = Self.sequence(digestBytes)
        all.update(BLAKE2b.digest(of: message, bytes: digestBytes, key: key))
      }
    }
    #expect(
      Hex.text(all.finish()) == "c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475")
  }

  /// The expected value comes from Python's hashlib, over the same inputs.
  @Test func `every digest length agrees with another implementation`() {
    var all = BLAKE2b(digestBytes: 32)
    for digestBytes in 1...64 {
      for keyBytes in [0, 1, digestBytes, 64] {
        let key = (0..<keyBytes).map { UInt8(truncatingIfNeeded: $0 + keyBytes) }
        for messageBytes in [0, 1, 127, 128, 129, 256, 257] {
          let message = (0..<messageBytes).map { UInt8(truncatingIfNeeded: $0 * 7) }
          all.update(BLAKE2b.digest(of: message, bytes: digestBytes, key: key))
        }
      }
    }
    #expect(
      Hex.text(all.finish()) == "6f4a02168d9adee2b56655020cf49327dd8671241430940a9373ed6ecca70318")
  }

  @Test(arguments: [1, 7, 64, 127, 128, 129, 300])
  func `how a message is cut into parts does not matter`(partBytes: Int) {
    let message = Self.sequence(600)
    var hash = BLAKE2b(digestBytes: 64)
    for start in stride(from: 0, to: message.count, by: partBytes) {
      hash.update(Array(message[start..<min(start + partBytes, message.count)]))
    }
    #expect(hash.finish() == BLAKE2b.digest(of: message, bytes: 64))
  }

  @Test func `a digest taken half-way leaves the hash as it was`() {
    var hash = BLAKE2b(digestBytes: 32)
    hash.update(Array("ab".utf8))
    #expect(hash.finish() == BLAKE2b.digest(of: Array("ab".utf8), bytes: 32))
    hash.update(Array("c".utf8))
    #expect(hash.finish() == BLAKE2b.digest(of: Array("abc".utf8), bytes: 32))
  }

  @Test func `a digest of no bytes or a key of 65 is our own bug`() async {
    await #expect(processExitsWith: .failure) { _ = BLAKE2b(digestBytes: 0) }
    await #expect(processExitsWith: .failure) { _ = BLAKE2b(digestBytes: 65) }
    await #expect(processExitsWith: .failure) {
      _ = BLAKE2b(digestBytes: 32, key: Array(repeating: 0, count: 65))
    }
  }

  /// `selftest_seq` of RFC 7693, appendix E, seeded with the length.
  private static func sequence(_ count: Int) -> [UInt8] {
    var a = 0xDEAD_4BAD &* UInt32(count)
    var b: UInt32 = 1
    return (0..<count).map { _ in
      (a, b) = (b, a &+ b)
      return UInt8(b >> 24)
    }
  }
}
