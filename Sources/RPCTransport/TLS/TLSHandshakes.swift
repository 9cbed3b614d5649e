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
  package private(set) var underWay = 0
  /// Connections that were closed because ``max`` handshakes were under way.
  package private(set) var turnedAwayCount: UInt64 = 0
  private let record: UnsafeMutableRawBufferPointer
  private var plaintext = ByteBuffer()

  package init(max: Int = 256, timeout: Duration = .seconds(10)) {
    self.max = max
    self.timeout = timeout
    unsafe record = .allocate(byteCount: Self.recordBytes, alignment: 64)
  }

  deinit { unsafe record.deallocate() }

  /// Whether one more handshake may begin; if not, it is counted as turned away.
  package func admits() -> Bool {
    if underWay < max { return true }
    turnedAwayCount += 1
    return false
  }

  func begin() { underWay += 1 }

  func end() { underWay -= 1 }

  func withRecord<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    unsafe body(record)
  }

  /// Lends an empty buffer, which is to be left empty.
  func withPlaintext<Result>(_ body: (inout ByteBuffer) -> Result) -> Result {
    defer { precondition(plaintext.isEmpty, "output was left in the loop's buffer") }
    return body(&plaintext)
  }
}
