import RPCCore
import Testing
import TopUpService

@Suite struct TokenBucketTests {
  private let start = MonotonicInstant(nanoseconds: 1_000)

  /// How many tokens a bucket gives in a row.
  private func takeAll(_ bucket: inout TokenBucket, _ now: MonotonicInstant) -> Int {
    var count = 0
    while count < 10_000, bucket.take(now) { count += 1 }
    return count
  }

  @Test func `a full bucket gives its burst and no more`() {
    var bucket = TokenBucket(perSecond: 50, burst: 50, now: start)
    #expect(takeAll(&bucket, start) == 50)
  }

  @Test func `tokens come back at the rate, to the nanosecond`() {
    var bucket = TokenBucket(perSecond: 50, burst: 50, now: start)
    #expect(takeAll(&bucket, start) == 50)
    #expect(takeAll(&bucket, start.advanced(byNanoseconds: 19_999_999)) == 0)
    #expect(takeAll(&bucket, start.advanced(byNanoseconds: 20_000_000)) == 1)
    #expect(takeAll(&bucket, start.advanced(by: .milliseconds(120))) == 5)
  }

  @Test(arguments: [(50, 50), (1, 50), (50, 1), (1_000_000, 1), (1, 1_000_000), (3, 7)])
  func `a long rest fills it and does not overfill it`(rate: Int, burst: Int) {
    var bucket = TokenBucket(perSecond: rate, burst: burst, now: start)
    while bucket.take(start) {}
    let later = MonotonicInstant(nanoseconds: .max)
    var count = 0
    while bucket.take(later) { count += 1 }
    #expect(count == burst)
  }

  @Test func `a clock that stands still gives nothing back`() {
    var bucket = TokenBucket(perSecond: 50, burst: 1, now: start)
    #expect(takeAll(&bucket, start) == 1)
    #expect(takeAll(&bucket, start) == 0)
    #expect(takeAll(&bucket, MonotonicInstant(nanoseconds: 0)) == 0)
  }
}
