import CSQLite
import Glibc
import Synchronization

/// The platform's system interface for SQLite, with one call of the caller's choice that fails.
///
/// Counts the writes and syncs of every file that is opened through it; the suite that uses it is
/// serialized, for the count is the process's.
enum FaultyVFS {
  static let name = "faulty"

  enum Operation: Int, CaseIterable, Sendable {
    case write
    case sync
  }

  struct Plan: Sendable {
    var operation: Operation
    /// Calls until the one that fails; 1 is the next.
    var left: Int
    var code: Int32
    /// Whether all later calls fail too.
    var goesOn = false
    var hasFired = false
  }

  private static let plan = Mutex<Plan?>(nil)

  static func arm(_ operation: Operation, at count: Int, _ code: Int32, goesOn: Bool = false) {
    plan.withLock { $0 = Plan(operation: operation, left: count, code: code, goesOn: goesOn) }
  }

  /// - Returns: whether the planned call came and failed.
  @discardableResult
  static func disarm() -> Bool {
    plan.withLock { plan in
      defer { plan = nil }
      return plan?.hasFired ?? false
    }
  }

  /// What a call is to answer instead of being made.
  fileprivate static func failure(_ operation: Operation) -> Int32? {
    plan.withLock { plan in
      guard var current = plan, current.operation == operation else { return nil }
      if current.hasFired { return current.goesOn ? current.code : nil }
      current.left -= 1
      current.hasFired = current.left == 0
      plan = current
      return current.hasFired ? current.code : nil
    }
  }

  /// Registers it, once.
  static func register() { _ = registration }

  private static let registration: Int32 = {
    guard let platform = unsafe sqlite3_vfs_find(nil) else { return SQLITE_ERROR }
    let copy = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    unsafe copy.initialize(to: platform.pointee)
    unsafe copy.pointee.pNext = nil
    unsafe copy.pointee.zName = UnsafePointer(strdup(name))
    unsafe copy.pointee.xOpen = openFaulty
    unsafe Originals.open = platform.pointee.xOpen
    return unsafe sqlite3_vfs_register(copy, 0)
  }()
}

/// The platform's own calls. A file with locks and one without have tables of their own.
private enum Originals {
  typealias Open =
    @convention(c) (
      UnsafeMutablePointer<sqlite3_vfs>?, UnsafePointer<CChar>?,
      UnsafeMutablePointer<sqlite3_file>?, Int32, UnsafeMutablePointer<Int32>?
    ) -> Int32

  // Set by the registration, before a file is opened.
  nonisolated(unsafe) static var open: Open?
  // Alike in all tables, and set with the first of them, before a file is written.
  nonisolated(unsafe) static var write: (@convention(c) (File, Bytes, Int32, Int64) -> Int32)?
  nonisolated(unsafe) static var sync: (@convention(c) (File, Int32) -> Int32)?

  typealias File = UnsafeMutablePointer<sqlite3_file>?
  typealias Bytes = UnsafeRawPointer?
  typealias Methods = UnsafePointer<sqlite3_io_methods>

  private static let faulty = Mutex<[UInt: UInt]>([:])

  /// The faulty table that stands for one of the platform's.
  static func replacement(for methods: Methods) -> Methods? {
    let address = faulty.withLock { known in
      if let address = known[UInt(bitPattern: methods)] { return address }
      let copy = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
      unsafe copy.initialize(to: methods.pointee)
      unsafe write = methods.pointee.xWrite
      unsafe sync = methods.pointee.xSync
      unsafe copy.pointee.xWrite = { file, bytes, count, offset in
        if let code = FaultyVFS.failure(.write) { return code }
        return unsafe Originals.write?(file, bytes, count, offset) ?? SQLITE_ERROR
      }
      unsafe copy.pointee.xSync = { file, flags in
        if let code = FaultyVFS.failure(.sync) { return code }
        return unsafe Originals.sync?(file, flags) ?? SQLITE_ERROR
      }
      let address = UInt(bitPattern: copy)
      known[UInt(bitPattern: methods)] = address
      return address
    }
    return unsafe Methods(bitPattern: address)
  }
}

private func openFaulty(
  _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?,
  _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
  _ outFlags: UnsafeMutablePointer<Int32>?
) -> Int32 {
  guard let open = unsafe Originals.open, let file = unsafe file else { return SQLITE_CANTOPEN }
  let code = unsafe open(vfs, name, file, flags, outFlags)
  guard code == SQLITE_OK, let methods = unsafe file.pointee.pMethods else { return code }
  unsafe file.pointee.pMethods = unsafe Originals.replacement(for: methods)
  return code
}
