internal import CNGHTTP2
internal import Glibc

/// The memory of a loop's nghttp2 sessions: blocks of a few sizes that go from call to call without
/// passing through malloc, which a call of nghttp2 asks eight times.
///
/// Confined to one loop: sessions are made, used and freed on it.
@safe package final class SessionMemory {
  /// Before each block, for `free` is told no size: its class, or the end of the classes.
  private static let headerBytes = 16
  private static let classBytes = 64
  /// Blocks up to this size are kept.
  private static let keptBytesMax = 1024
  private static let classCount = keptBytesMax / classBytes
  /// Blocks of one class that may wait; what a burst made beyond it goes back.
  private static let idleMax: Int32 = 512

  /// The first free block of each class; each holds the address of the next.
  private let free: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let counts: UnsafeMutablePointer<Int32>
  private let table: UnsafeMutablePointer<nghttp2_mem>

  package init() {
    unsafe free = .allocate(capacity: Self.classCount)
    unsafe free.initialize(repeating: nil, count: Self.classCount)
    unsafe counts = .allocate(capacity: Self.classCount)
    unsafe counts.initialize(repeating: 0, count: Self.classCount)
    unsafe table = .allocate(capacity: 1)
    unsafe table.initialize(
      to: nghttp2_mem(
        mem_user_data: nil, malloc: Self.allocate, free: Self.release, calloc: Self.allocateZeroed,
        realloc: Self.resize))
    unsafe table.pointee.mem_user_data = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    for index in 0..<Self.classCount {
      while let block = unsafe free[index] {
        unsafe free[index] = block.load(as: UnsafeMutableRawPointer?.self)
        unsafe Glibc.free(block - Self.headerBytes)
      }
    }
    unsafe free.deallocate()
    unsafe counts.deallocate()
    unsafe table.deallocate()
  }

  /// Lends the table; nghttp2 copies it.
  func withTable<Result>(_ body: (UnsafeMutablePointer<nghttp2_mem>) -> Result) -> Result {
    unsafe body(table)
  }

  private func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let index = max(bytes - 1, 0) / Self.classBytes
    guard index < Self.classCount else { return unsafe make(bytes, index: Self.classCount) }
    guard let block = unsafe free[index] else {
      return unsafe make((index + 1) * Self.classBytes, index: index)
    }
    unsafe free[index] = block.load(as: UnsafeMutableRawPointer?.self)
    unsafe counts[index] -= 1
    return unsafe block
  }

  private func make(_ bytes: Int, index: Int) -> UnsafeMutableRawPointer? {
    guard let start = unsafe Glibc.malloc(bytes + Self.headerBytes) else { return nil }
    unsafe start.storeBytes(of: index, as: Int.self)
    unsafe (start + 8).storeBytes(of: bytes, as: Int.self)
    return unsafe start + Self.headerBytes
  }

  private func giveBack(_ block: UnsafeMutableRawPointer) {
    let index = unsafe (block - Self.headerBytes).load(as: Int.self)
    guard index < Self.classCount, unsafe counts[index] < Self.idleMax else {
      return unsafe Glibc.free(block - Self.headerBytes)
    }
    unsafe block.storeBytes(of: free[index], as: UnsafeMutableRawPointer?.self)
    unsafe free[index] = block
    unsafe counts[index] += 1
  }

  // MARK: For nghttp2

  private static func of(_ context: UnsafeMutableRawPointer?) -> Unmanaged<SessionMemory> {
    guard let context = unsafe context else {
      preconditionFailure("nghttp2 asked for memory without its context")
    }
    return unsafe Unmanaged<SessionMemory>.fromOpaque(context)
  }

  private static let allocate:
    @convention(c) (Int, UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { bytes, context in
      unsafe of(context)._withUnsafeGuaranteedRef { unsafe $0.take(bytes) }
    }

  private static let release:
    @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void = {
      block, context in
      guard let block = unsafe block else { return }
      unsafe of(context)._withUnsafeGuaranteedRef { unsafe $0.giveBack(block) }
    }

  private static let allocateZeroed:
    @convention(c) (Int, Int, UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
      count, size, context in
      let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { return nil }
      let block = unsafe of(context)._withUnsafeGuaranteedRef { unsafe $0.take(bytes) }
      if let block = unsafe block { unsafe memset(block, 0, bytes) }
      return unsafe block
    }

  private static let resize:
    @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeMutableRawPointer?)
      -> UnsafeMutableRawPointer? = { block, bytes, context in
        unsafe of(context)._withUnsafeGuaranteedRef { memory in
          guard let block = unsafe block else { return unsafe memory.take(bytes) }
          let room = unsafe (block - headerBytes + 8).load(as: Int.self)
          if bytes <= room { return unsafe block }
          guard let larger = unsafe memory.take(bytes) else { return nil }
          unsafe memcpy(larger, block, room)
          unsafe memory.giveBack(block)
          return unsafe larger
        }
      }
}

/// One nghttp2 session; deleted once, on its loop, when its owner ends.
@safe final class SessionOwner: @unchecked Sendable {  // Handed to its loop to end there.
  private(set) var session: OpaquePointer?
  private let memory: SessionMemory
  @safe @exclusivity(unchecked) var fields = FieldMemo()

  init(memory: SessionMemory) { self.memory = memory }

  /// Makes the session.
  ///
  /// - Precondition: there is memory.
  func open(isServer: Bool, context: UnsafeMutableRawPointer) {
    var session: OpaquePointer?
    let result = unsafe memory.withTable { table in
      isServer
        ? unsafe nghttp2_session_server_new3(
          &session, HTTP2Callbacks.table, context, SessionOptions.table, table)
        : unsafe nghttp2_session_client_new3(
          &session, HTTP2Callbacks.table, context, SessionOptions.table, table)
    }
    precondition(result == 0, "no memory for an HTTP/2 session")
    unsafe self.session = session
  }

  deinit {
    // What is remembered is nghttp2's and goes back to the memory, which may have no other owner:
    // left to themselves, the properties would end in the order they stand in.
    fields = FieldMemo()
    unsafe nghttp2_session_del(session)
    withExtendedLifetime(memory) {}
  }
}
