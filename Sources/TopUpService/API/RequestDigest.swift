internal import TopUpCore

/// What a request asks for, as 32 bytes: the same key with another request is told apart
/// (invariant 43).
struct RequestDigest {
  private var bytes: [UInt8] = []

  /// - Parameter method: the method's name, so that no two methods' requests are the same.
  init(_ method: String) { add(method) }

  /// Each part with its length, so that parts cannot run into one another.
  mutating func add(_ text: String) { add(Array(text.utf8)) }

  mutating func add(_ part: [UInt8]) {
    let count = UInt64(part.count)
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: count >> shift))
    }
    bytes += part
  }

  mutating func add(_ value: Int64) { add(String(value)) }

  mutating func add(_ value: Bool) { add(value ? "1" : "0") }

  func finish() -> [UInt8] { BLAKE2b.digest(of: bytes, bytes: 32) }
}
