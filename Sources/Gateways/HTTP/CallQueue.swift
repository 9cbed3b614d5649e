/// Exchanges that wait for a place, first come first served.
struct CallQueue {
  private var calls: [CurlCall] = []
  /// Those before it have left; they are dropped together, so that leaving costs nothing.
  private var head = 0

  var count: Int { calls.count - head }
  var firstDeadline: ContinuousClock.Instant? { calls[head...].lazy.map(\.deadline).min() }

  mutating func append(_ call: CurlCall) { calls.append(call) }

  mutating func popFirst() -> CurlCall? {
    guard head < calls.count else { return nil }
    let call = calls[head]
    head += 1
    if head * 2 > calls.count { drop() }
    return call
  }

  /// - Returns: whether it was there.
  mutating func remove(_ call: CurlCall) -> Bool { !removeAll { $0 === call }.isEmpty }

  /// Takes out those of which a claim is true.
  mutating func removeAll(where isOut: (CurlCall) -> Bool) -> [CurlCall] {
    drop()
    let out = calls.filter(isOut)
    if !out.isEmpty { calls.removeAll(where: isOut) }
    return out
  }

  private mutating func drop() {
    calls.removeFirst(head)
    head = 0
  }
}
