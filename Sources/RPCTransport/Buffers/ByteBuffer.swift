internal import RPCCore

/// A growing queue of bytes: appended at its end, consumed from its start.
///
/// One owner; its memory goes with it. An empty buffer holds none, so that an idle connection
/// costs nothing.
@safe package struct ByteBuffer: ~Copyable {
  private var base: UnsafeMutableRawPointer?
  private var capacity = 0
  private var start = 0
  private var end = 0

  package init() { unsafe base = nil }

  deinit { unsafe base?.deallocate() }

  /// Bytes that wait to be consumed.
  package var count: Int { end - start }
  package var isEmpty: Bool { start == end }

  /// Lends the waiting bytes.
  @inline(__always)
  package borrowing func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard let base = unsafe base else {
      return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
    return unsafe body(UnsafeRawBufferPointer(start: base + start, count: count))
  }

  /// The waiting byte at an offset.
  package subscript(offset: Int) -> UInt8 {
    guard let base = unsafe base, offset >= 0, offset < count else {
      preconditionFailure("byte \(offset) of a buffer that holds \(count)")
    }
    return unsafe base.load(fromByteOffset: start + offset, as: UInt8.self)
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, unsafe !bytes.isEmpty else { return }
    let destination = unsafe reserve(bytes.count)
    unsafe destination.copyMemory(from: source, byteCount: bytes.count)
    end += bytes.count
  }

  package mutating func append(_ byte: UInt8) {
    unsafe reserve(1).storeBytes(of: byte, as: UInt8.self)
    end += 1
  }

  /// Appends a message behind its prefix (gRPC PROTOCOL-HTTP2, "Length-Prefixed-Message").
  mutating func appendFramed(_ message: UnsafeRawBufferPointer, isCompressed: Bool) {
    let prefixBytes = MessagePrefix.byteCount
    let place = unsafe reserve(prefixBytes + message.count)
    unsafe place.storeBytes(of: isCompressed ? 1 : 0, as: UInt8.self)
    let length = UInt32(message.count).bigEndian
    unsafe (place + 1).storeBytes(of: length, as: UInt32.self)
    if let source = message.baseAddress {
      unsafe (place + prefixBytes).copyMemory(from: source, byteCount: message.count)
    }
    end += prefixBytes + message.count
  }

  /// Appends what `body` writes into at least `count` free bytes.
  ///
  /// - Parameter body: returns how many bytes it wrote.
  package mutating func appendUpTo(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
    let room = unsafe UnsafeMutableRawBufferPointer(start: reserve(count), count: count)
    let written = unsafe body(room)
    precondition(written >= 0 && written <= count)
    end += written
  }

  /// Drops bytes from the start; memory is given back when none wait.
  package mutating func consume(_ count: Int) {
    precondition(count >= 0 && count <= self.count)
    start += count
    if start == end {
      start = 0
      end = 0
    }
  }

  /// Drops everything, and gives the memory back if it is more than `bytes`.
  mutating func removeAll(keepingUpTo bytes: Int) {
    if capacity > bytes { return release() }
    start = 0
    end = 0
  }

  /// Drops everything and gives the memory back.
  mutating func release() {
    unsafe base?.deallocate()
    unsafe base = nil
    capacity = 0
    start = 0
    end = 0
  }

  private mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
    if let base = unsafe base, capacity - end >= count { return unsafe base + end }
    let waiting = self.count
    if let base = unsafe base, capacity - waiting >= count, start >= waiting {
      unsafe base.copyMemory(from: base + start, byteCount: waiting)
      start = 0
      end = waiting
      return unsafe base + end
    }
    var grown = max(capacity, 128)
    while grown - waiting < count { grown *= 2 }
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
    if let base = unsafe base {
      unsafe fresh.copyMemory(from: base + start, byteCount: waiting)
      unsafe base.deallocate()
    }
    unsafe base = fresh
    capacity = grown
    start = 0
    end = waiting
    return unsafe fresh + end
  }
}
