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

  /// Pairs of places, a power of two; a request has a dozen fields.
  private static let pairs = 16
  private static let count = 2 * pairs
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

  /// The first of the two places of a field. Addresses differ in few bits, which the product spreads.
  @inline(__always)
  private func place(_ name: OpaquePointer, _ value: OpaquePointer) -> Int {
    let mixed = (UInt(bitPattern: value) ^ UInt(bitPattern: name) << 1) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 59) & (Self.count - 2)
  }

  /// - Returns: nil for a field that is not remembered.
  @inline(__always)
  func find(
    _ name: OpaquePointer, _ value: OpaquePointer
  ) -> (effect: RequestHead.Effect, listBytes: Int)? {
    guard let entries = unsafe entries else { return nil }
    let first = unsafe entries + place(name, value)
    if unsafe first.pointee.name == name, unsafe first.pointee.value == value {
      return unsafe (first.pointee.effect, first.pointee.listBytes)
    }
    let second = unsafe first + 1
    guard unsafe second.pointee.name == name, unsafe second.pointee.value == value else {
      return nil
    }
    // A field that comes again has proved its worth: one that never does cannot put it out.
    let entry = unsafe second.pointee
    unsafe second.pointee = first.pointee
    unsafe first.pointee = entry
    return unsafe (entry.effect, entry.listBytes)
  }

  /// Remembers a field: in the first of its places while that is free, else in the second.
  mutating func remember(
    _ name: OpaquePointer, _ value: OpaquePointer, _ effect: RequestHead.Effect, listBytes: Int
  ) {
    guard listBytes <= Self.valueBytesMax else { return }
    let entries = unsafe self.entries ?? Self.makeEntries()
    unsafe self.entries = entries
    let first = unsafe entries + place(name, value)
    let entry = unsafe first.pointee.name == nil ? first : first + 1
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
