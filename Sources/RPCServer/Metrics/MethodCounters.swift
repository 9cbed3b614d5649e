internal import RPCCore
internal import Synchronization

/// What was counted of one method on one loop. Written on that loop, read from anywhere.
final class MethodCounters: MessageMeter {
  /// Upper bounds of the latency histogram, in nanoseconds: those of the Prometheus clients, which
  /// dashboards of the go-grpc-prometheus metrics expect.
  static let bucketBounds: [Int64] = [
    5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
    1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
  ]
  static let bucketCount = 12
  static let codeCount = 17

  let started = Atomic<UInt64>(0)
  let received = Atomic<UInt64>(0)
  let sent = Atomic<UInt64>(0)
  let nanoseconds = Atomic<UInt64>(0)
  private let buckets: InlineAtomics
  private let codes: InlineAtomics

  init() {
    buckets = InlineAtomics(count: Self.bucketCount)
    codes = InlineAtomics(count: Self.codeCount)
  }

  func callBegan() { add(started, 1) }

  func messageReceived() { add(received, 1) }

  func messageSent() { add(sent, 1) }

  /// - Parameter counts: messages that were not told of as they passed.
  func callEnded(code: StatusCode, nanoseconds span: Int64, counts: MessageCounts) {
    add(received, UInt64(counts.received))
    add(sent, UInt64(counts.sent))
    add(nanoseconds, UInt64(max(span, 0)))
    buckets.add(at: Self.bucketBounds.firstIndex { span <= $0 } ?? Self.bucketCount - 1)
    codes.add(at: Int(code.rawValue < 17 ? code.rawValue : StatusCode.unknown.rawValue))
  }

  func bucket(_ index: Int) -> UInt64 { buckets.value(at: index) }
  func code(_ index: Int) -> UInt64 { codes.value(at: index) }

  /// One writer, so that no read-modify-write is needed that locks the bus.
  private func add(_ counter: borrowing Atomic<UInt64>, _ amount: UInt64) {
    counter.store(counter.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
  }
}

/// A row of counters with one writer.
final class InlineAtomics: Sendable {
  private let first: [Cell]

  final class Cell: Sendable { let value = Atomic<UInt64>(0) }

  init(count: Int) { first = (0..<count).map { _ in Cell() } }

  func add(at index: Int) {
    let cell = first[index]
    cell.value.store(cell.value.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  func value(at index: Int) -> UInt64 { first[index].value.load(ordering: .relaxed) }
}
