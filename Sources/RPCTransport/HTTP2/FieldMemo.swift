internal import CNGHTTP2
internal import RPCCore

/// Fields that came before on a connection and what they do: in most calls most fields are the same
/// as in the call before, and HPACK's tables give them by the same pointers.
///
/// Holds a reference to what it remembers, so that a pointer means what it meant.
@safe struct FieldMemo: ~Copyable {
  @unsafe private struct Entry {
    var name: OpaquePointer?
    var value: OpaquePointer?
    var effect: RequestHead.Effect
    var listBytes: Int
  }

  /// A power of two; a request has a dozen fields.
  private static let count = 32
  /// Longer values are not held.
  private static let valueBytesMax = 256

  /// Nothing until the first request: an idle connection holds no room for it.
  private var entries: UnsafeMutablePointer<Entry>?

  init() { unsafe entries = nil }

  deinit {
    guard let entries = unsafe entries else { return }
    for index in 0..<Self.count { unsafe Self.letGo(entries[index]) }
    unsafe entries.deallocate()
  }

  private func place(_ name: OpaquePointer, _ value: OpaquePointer) -> Int {
    let mixed = UInt(bitPattern: value) ^ UInt(bitPattern: name) >> 3
    return Int(truncatingIfNeeded: mixed >> 4) & (Self.count - 1)
  }

  /// - Returns: nil for a field that is not remembered.
  @inline(__always)
  func find(
    _ name: OpaquePointer, _ value: OpaquePointer
  ) -> (effect: RequestHead.Effect, listBytes: Int)? {
    guard let entries = unsafe entries else { return nil }
    let entry = unsafe entries + place(name, value)
    guard unsafe entry.pointee.name == name, unsafe entry.pointee.value == value else {
      return nil
    }
    return unsafe (entry.pointee.effect, entry.pointee.listBytes)
  }

  /// Remembers a field in the place of another.
  mutating func remember(
    _ name: OpaquePointer, _ value: OpaquePointer, _ effect: RequestHead.Effect, listBytes: Int
  ) {
    guard listBytes <= Self.valueBytesMax else { return }
    let entries = unsafe self.entries ?? Self.makeEntries()
    unsafe self.entries = entries
    let entry = unsafe entries + place(name, value)
    unsafe nghttp2_rcbuf_incref(name)
    unsafe nghttp2_rcbuf_incref(value)
    unsafe Self.letGo(entry.pointee)
    unsafe entry.pointee = Entry(
      name: name, value: value, effect: effect, listBytes: listBytes)
  }

  private static func makeEntries() -> UnsafeMutablePointer<Entry> {
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: count)
    unsafe entries.initialize(
      repeating: Entry(name: nil, value: nil, effect: .none, listBytes: 0), count: count)
    return unsafe entries
  }

  private static func letGo(_ entry: Entry) {
    guard let name = unsafe entry.name, let value = unsafe entry.value else { return }
    unsafe nghttp2_rcbuf_decref(name)
    unsafe nghttp2_rcbuf_decref(value)
  }
}
