internal import RPCCore

/// What the TLS connections of one loop share: the count of handshakes that are under way, for each
/// costs a signature, and the room in which records are opened and filled. On its loop only.
@safe package final class TLSHandshakes {
  /// One record, opened (RFC 8446 §5.1).
  private static let recordBytes = 16_384

  /// How long a handshake may take (facts/operations §2.3).
  let timeout: Duration
  /// How many may be under way at once.
  let max: Int
  /// How many of one source, so that who stalls as many as it can leaves room for others.
  let sourceMax: Int
  package private(set) var underWay = 0
  private var underWayBySource: [String: Int] = [:]
  private let record: UnsafeMutableRawBufferPointer
  private var plaintext = ByteBuffer()

  /// - Parameter sourceMax: a quarter of all unless said otherwise.
  package init(max: Int = 256, sourceMax: Int? = nil, timeout: Duration = .seconds(10)) {
    self.max = max
    self.sourceMax = sourceMax ?? Swift.max(1, max / 4)
    self.timeout = timeout
    unsafe record = .allocate(byteCount: Self.recordBytes, alignment: 64)
  }

  deinit { unsafe record.deallocate() }

  /// Why one more handshake may not begin; nil when it may.
  ///
  /// - Parameter source: where it would come from (``SocketAddress/source``).
  package func refusal(for source: String) -> TLSRefusal? {
    guard underWay < max else { return .turnedAway }
    return underWayBySource[source, default: 0] < sourceMax ? nil : .sourceTurnedAway
  }

  func begin(for source: String) {
    underWay += 1
    underWayBySource[source, default: 0] += 1
  }

  func end(for source: String) {
    underWay -= 1
    let left = underWayBySource[source, default: 1] - 1
    underWayBySource[source] = left == 0 ? nil : left
  }

  func withRecord<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    unsafe body(record)
  }

  /// Lends an empty buffer, which is to be left empty.
  func withPlaintext<Result>(_ body: (inout ByteBuffer) -> Result) -> Result {
    defer { precondition(plaintext.isEmpty, "output was left in the loop's buffer") }
    return body(&plaintext)
  }
}
