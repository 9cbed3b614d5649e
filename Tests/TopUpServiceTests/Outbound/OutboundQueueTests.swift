import RPCCore
import Testing

@testable import TopUpService

/// Calls leave within their budgets, the more urgent first, tenants in turn.
@Suite struct OutboundQueueTests {
  private var now = MonotonicInstant(nanoseconds: 1_000_000_000)
  private var queue: OutboundQueue

  init() {
    var limits = OutboundLimits()
    limits.perSecond = 10
    limits.endpointPerSecond = 5
    limits.waitingMax = 20
    limits.waitingPerTenantMax = 6
    queue = OutboundQueue(limits, now: now)
  }

  private mutating func pass(milliseconds: Int64) {
    now = now.advanced(byNanoseconds: milliseconds * 1_000_000)
  }

  private mutating func ask(
    _ endpoint: OutboundEndpoint, _ tenant: String = "a"
  ) -> OutboundQueue.Verdict { queue.ask(endpoint, for: tenant, now) }

  /// Uses up what the whole account has.
  private mutating func drain() {
    while ask(.readIntent, "drain") == .goes {}
    while ask(.readClock, "drain") == .goes {}
    pass(milliseconds: 20_000)
    _ = queue.expire(now)
    _ = queue.release(now)
  }

  @Test mutating func `an endpoint has its own budget`() {
    #expect(ask(.listEvents) == .goes)
    #expect(ask(.listEvents) == .waits(1))
    #expect(ask(.confirmIntent) == .goes)
    pass(milliseconds: 199)
    #expect(queue.release(now) == [])
    pass(milliseconds: 1)
    #expect(queue.release(now) == [1])
  }

  @Test mutating func `no more calls leave in a second than there are budgets for`() {
    var left = 0
    for _ in 0..<1_000 {
      for endpoint in OutboundEndpoint.allCases where ask(endpoint) == .goes { left += 1 }
      left += queue.release(now).count
      pass(milliseconds: 10)
    }
    // Ten seconds, and the burst that a full bucket holds.
    #expect((99...102).contains(left))
  }

  @Test mutating func `what ends a charge goes before what asks, and that before lists`() {
    #expect(ask(.listEvents) == .goes && ask(.readIntent) == .goes)
    #expect(ask(.listEvents) == .waits(1))
    #expect(ask(.readIntent) == .waits(2))
    #expect(ask(.createIntent) == .waits(3))
    #expect(ask(.confirmIntent) == .waits(4))
    var order: [OutboundQueue.Ticket] = []
    for _ in 0..<10 {
      pass(milliseconds: 100)
      order += queue.release(now)
    }
    #expect(order == [4, 3, 2, 1])
  }

  @Test mutating func `a list takes no call that is due to a charge that waits for it`() {
    #expect(ask(.readClock) == .goes && ask(.cards) == .goes)
    #expect(ask(.confirmIntent) == .waits(1))
    pass(milliseconds: 100)
    #expect(ask(.listEvents) == .waits(2))
    #expect(ask(.cancelIntent) == .waits(3))
    #expect(queue.release(now) == [1])
    pass(milliseconds: 100)
    #expect(queue.release(now) == [3])
    pass(milliseconds: 100)
    #expect(queue.release(now) == [2])
  }

  @Test mutating func `what waits for its own endpoint keeps nobody else back`() {
    queue.wasTooMuch(.confirmIntent, .seconds(10), now)
    pass(milliseconds: 1_000)
    #expect(ask(.confirmIntent) == .waits(1))
    #expect(ask(.listEvents) == .goes)
  }

  @Test func `a rate that was lowered grows back, however often it is asked`() {
    for step in [1_000, 100_000, 1_000_000, 2_999_999, 1_000_000_000] as [Int64] {
      var now = MonotonicInstant(nanoseconds: 1_000_000_000)
      var rate = OutboundRate(perSecond: 25, now: now)
      rate.wasTooMuch(nil, now)
      #expect(rate.perThousandSeconds == 12_500)
      // A tenth of the minute that it takes from nothing: a tenth of the most.
      let asked = 6_000_000_000 / step
      for _ in 0..<min(asked, 60_000) {
        now = now.advanced(byNanoseconds: step)
        _ = rate.mayCall(now)
      }
      let span = min(asked, 60_000) * step
      let exact = 12_500 + 25_000 * span / 60_000_000_000
      #expect((exact - 1...exact).contains(rate.perThousandSeconds), "\(step) ns")
    }
  }

  @Test mutating func `tenants have their turns one after another`() {
    #expect(ask(.confirmIntent, "greedy") == .goes)
    for ticket in 1...5 { #expect(ask(.confirmIntent, "greedy") == .waits(UInt64(ticket))) }
    #expect(ask(.confirmIntent, "modest") == .waits(6))
    #expect(ask(.confirmIntent, "other") == .waits(7))
    var order: [OutboundQueue.Ticket] = []
    while order.count < 7 {
      pass(milliseconds: 200)
      order += queue.release(now)
    }
    #expect(order == [1, 6, 7, 2, 3, 4, 5])
  }

  @Test mutating func `a tenant fills its own places alone, and all together fill all`() {
    while ask(.confirmIntent, "greedy") != .full {}
    #expect(queue.waitingCount == 6)
    #expect(ask(.confirmIntent, "modest") == .waits(7))
    for tenant in 0..<20 { _ = ask(.confirmIntent, "tenant \(tenant)") }
    #expect(queue.waitingCount == 20)
    #expect(ask(.confirmIntent, "late") == .full)
  }

  @Test mutating func `what has waited too long is not sent, and what came later still is`() {
    #expect(ask(.listEvents) == .goes)
    queue.wasTooMuch(.listEvents, .seconds(60), now)
    #expect(ask(.listEvents) == .waits(1))
    pass(milliseconds: 19_999)
    #expect(ask(.listEvents, "b") == .waits(2))
    #expect(queue.expire(now) == [])
    #expect(queue.nextChange(now) == now.advanced(byNanoseconds: 1_000_000))
    pass(milliseconds: 1)
    #expect(queue.expire(now) == [1])
    #expect(queue.waitingCount == 1)
    pass(milliseconds: 20_000)
    #expect(queue.expire(now) == [2] && queue.nextChange(now) == nil)
  }

  @Test mutating func `a refusal halves the rate, and a quiet minute gives it back`() {
    func perSecond(_ queue: inout OutboundQueue, _ now: inout MonotonicInstant) -> Int {
      var left = 0
      for _ in 0..<200 {
        now = now.advanced(byNanoseconds: 10_000_000)
        if queue.ask(.readIntent, for: "a", now) == .goes { left += 1 }
        left += queue.release(now).count
        _ = queue.expire(now)
      }
      return left / 2
    }
    #expect(perSecond(&queue, &now) == 5)
    queue.wasTooMuch(.readIntent, nil, now)
    queue.wasTooMuch(.readIntent, nil, now)
    pass(milliseconds: 1_000)
    #expect(perSecond(&queue, &now) <= 2)
    pass(milliseconds: 60_000)
    _ = queue.expire(now)
    #expect(perSecond(&queue, &now) == 5)
  }
}
