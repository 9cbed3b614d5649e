import Testing

@testable import RPCServer

@Suite struct TokenCacheTests {
  private static func digest(_ number: Int) -> [UInt8] {
    [UInt8(number >> 8), UInt8(number & 0xFF)]
  }

  /// A full cache; the tokens end at the moments that are given, by their number.
  private static func full(_ expires: (Int) -> Int64) -> TokenCache {
    var cache = TokenCache()
    for number in 0..<TokenCache.countMax {
      cache.insert("s\(number)", expires: expires(number), for: digest(number), at: 0)
    }
    return cache
  }

  @Test func `a token is known until its very end`() {
    var cache = TokenCache()
    cache.insert("s", expires: 10, for: [1], at: 0)
    #expect(cache.subject(of: [1], at: 9) == "s")
    #expect(cache.subject(of: [1], at: 10) == nil)
    #expect(cache.subject(of: [2], at: 0) == nil)
  }

  @Test func `as many as there is room for are all known`() {
    let cache = Self.full { _ in 10 }
    #expect(cache.count == 1_024)
    for number in 0..<1_024 {
      #expect(cache.subject(of: Self.digest(number), at: 0) == "s\(number)")
    }
  }

  @Test func `those that ended make room first`() {
    var cache = Self.full { $0 < 1_000 ? 5 : 10 }
    cache.insert("new", expires: 10, for: Self.digest(2_000), at: 5)
    #expect(cache.count == 25)
    #expect(cache.subject(of: Self.digest(2_000), at: 5) == "new")
    #expect(cache.subject(of: Self.digest(1_000), at: 5) == "s1000")
  }

  @Test func `where none has ended all go, and the cache never grows past its bound`() {
    var cache = Self.full { _ in 10 }
    cache.insert("new", expires: 10, for: Self.digest(2_000), at: 5)
    #expect(cache.count == 1)
    #expect(cache.subject(of: Self.digest(2_000), at: 5) == "new")
    for number in 0..<5_000 {
      cache.insert("s", expires: 10, for: Self.digest(number), at: 0)
      #expect(cache.count <= 1_024)
    }
  }

  @Test func `one that is known already needs no room`() {
    var cache = Self.full { _ in 10 }
    cache.insert("again", expires: 20, for: Self.digest(3), at: 5)
    #expect(cache.count == 1_024)
    #expect(cache.subject(of: Self.digest(3), at: 15) == "again")
  }
}
