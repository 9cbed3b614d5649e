internal import Glibc

/// Where a connection keeps texts and blobs while the statement that they are bound to runs: SQLite takes
/// memory for each that it copies, nine times an entry.
///
/// For a statement that is stepped once: afterwards SQLite does not look at what was bound, and the next
/// use binds every parameter anew.
@safe final class ParameterMemory {
  /// An entry's parameters take 250 bytes; what is larger SQLite copies.
  private static let bytes = 4_096

  private let start: UnsafeMutableRawPointer
  private var used = 0

  init() {
    unsafe start = .allocate(byteCount: Self.bytes, alignment: 16)
  }

  deinit {
    unsafe start.deallocate()
  }

  /// Forgets all that is kept.
  func clear() { used = 0 }

  /// Copies bytes.
  ///
  /// - Returns: where they are until ``clear()``; nil when there is no room.
  func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
    guard bytes.count <= Self.bytes - used, let from = bytes.baseAddress else { return nil }
    let place = unsafe start + used
    unsafe place.copyMemory(from: from, byteCount: bytes.count)
    used += bytes.count
    return UnsafeRawPointer(place)
  }
}
