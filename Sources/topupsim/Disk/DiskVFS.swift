import CSQLite
import Glibc

/// SQLite's door to the simulated disks: a system interface whose files are ``DiskFile``s.
///
/// Time, sleep and chance are not the platform's either, so that a run depends on its seed alone.
enum DiskVFS {
  static let name = "simulated"

  /// Makes it known to SQLite, once.
  static func register() { _ = registration }

  private static let registration: Int32 = {
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    unsafe vfs.initialize(to: sqlite3_vfs())
    unsafe vfs.pointee.iVersion = 2
    unsafe vfs.pointee.szOsFile = Int32(MemoryLayout<OpenFile>.size)
    unsafe vfs.pointee.mxPathname = 512
    unsafe vfs.pointee.zName = UnsafePointer(strdup(name))
    unsafe vfs.pointee.xOpen = openFile
    unsafe vfs.pointee.xDelete = deleteFile
    unsafe vfs.pointee.xAccess = accessFile
    unsafe vfs.pointee.xFullPathname = fullPathname
    unsafe vfs.pointee.xRandomness = { _, count, buffer in
      for index in 0..<Int(count) { unsafe buffer?[index] = CChar(truncatingIfNeeded: index * 7) }
      return count
    }
    unsafe vfs.pointee.xSleep = { _, microseconds in microseconds }
    unsafe vfs.pointee.xCurrentTimeInt64 = { _, now in
      unsafe now?.pointee = 212_000_000_000_000
      return SQLITE_OK
    }
    unsafe vfs.pointee.xCurrentTime = { _, now in
      unsafe now?.pointee = 2_453_703
      return SQLITE_OK
    }
    unsafe vfs.pointee.xGetLastError = { _, _, _ in 0 }
    return unsafe sqlite3_vfs_register(vfs, 0)
  }()
}

/// What one `sqlite3_file` of ours stands for.
private final class Handle {
  let file: DiskFile
  /// Nil for a file without a name, which is its connection's alone.
  let process: DiskProcess?

  init(_ file: DiskFile, _ process: DiskProcess?) {
    self.file = file
    self.process = process
    process?.opened(file, by: id)
  }

  var id: ObjectIdentifier { ObjectIdentifier(self) }
  var isDead: Bool { process?.isDead ?? false }
}

/// The memory that SQLite keeps for an open file: its base, and our handle behind it.
@safe private struct OpenFile {
  var base: sqlite3_file
  var handle: Unmanaged<Handle>?
}

private typealias FilePointer = UnsafeMutablePointer<sqlite3_file>

private func handle(_ file: FilePointer?) -> Handle? {
  guard let file = unsafe file else { return nil }
  return unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
    .pointee.handle?.takeUnretainedValue()
}

// MARK: The interface

private func openFile(
  _: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ file: FilePointer?,
  _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
) -> Int32 {
  guard let file = unsafe file else { return SQLITE_CANTOPEN }
  let slot = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
  unsafe slot.initialize(to: OpenFile(base: sqlite3_file(pMethods: nil), handle: nil))
  let opened: Handle
  if let name = unsafe name {
    guard let (process, place) = unsafe DiskProcess.find(String(cString: name)), !process.isDead,
      let found = process.disk.file(place, make: flags & SQLITE_OPEN_CREATE != 0)
    else { return SQLITE_CANTOPEN }
    opened = Handle(found, process)
  } else {
    opened = Handle(DiskFile([]), nil)
  }
  unsafe slot.pointee.handle = Unmanaged.passRetained(opened)
  unsafe slot.pointee.base.pMethods = unsafe UnsafePointer(methods)
  unsafe outFlags?.pointee = flags
  return SQLITE_OK
}

private func deleteFile(
  _: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _: Int32
) -> Int32 {
  guard let name = unsafe name,
    let (process, place) = unsafe DiskProcess.find(String(cString: name))
  else { return SQLITE_IOERR }
  guard process.failure(.write) == nil else { return SQLITE_IOERR }
  process.disk.remove(place)
  return SQLITE_OK
}

private func accessFile(
  _: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _: Int32,
  _ result: UnsafeMutablePointer<Int32>?
) -> Int32 {
  guard let name = unsafe name,
    let (process, place) = unsafe DiskProcess.find(String(cString: name))
  else { return SQLITE_IOERR }
  unsafe result?.pointee = process.disk.file(place, make: false) == nil ? 0 : 1
  return SQLITE_OK
}

private func fullPathname(
  _: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ count: Int32,
  _ buffer: UnsafeMutablePointer<CChar>?
) -> Int32 {
  guard let name = unsafe name, let buffer = unsafe buffer else { return SQLITE_CANTOPEN }
  guard unsafe strlen(name) < Int(count) else { return SQLITE_CANTOPEN }
  unsafe strcpy(buffer, name)
  return SQLITE_OK
}

// MARK: A file's methods

/// Never freed: SQLite holds on to it as long as the process lives.
nonisolated(unsafe) private let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
  let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
  unsafe methods.initialize(to: sqlite3_io_methods())
  unsafe methods.pointee.iVersion = 2
  unsafe methods.pointee.xClose = closeFile
  unsafe methods.pointee.xRead = readFile
  unsafe methods.pointee.xWrite = writeFile
  unsafe methods.pointee.xTruncate = { file, size in
    guard let handle = unsafe handle(file) else { return SQLITE_IOERR }
    if let code = handle.process?.failure(.write) { return code }
    handle.file.truncate(to: Int(size))
    return SQLITE_OK
  }
  unsafe methods.pointee.xSync = { file, _ in
    guard let handle = unsafe handle(file) else { return SQLITE_IOERR }
    if let code = handle.process?.failure(.sync) {
      if !handle.isDead { handle.file.failSync() }
      return code
    }
    handle.file.sync()
    return SQLITE_OK
  }
  unsafe methods.pointee.xFileSize = { file, size in
    guard let handle = unsafe handle(file) else { return SQLITE_IOERR }
    unsafe size?.pointee = Int64(handle.file.bytes.count)
    return SQLITE_OK
  }
  unsafe methods.pointee.xLock = lockFile
  unsafe methods.pointee.xUnlock = { file, level in
    guard let handle = unsafe handle(file) else { return SQLITE_IOERR }
    handle.file.locks[handle.id] = level == SQLITE_LOCK_NONE ? nil : level
    return SQLITE_OK
  }
  unsafe methods.pointee.xCheckReservedLock = { file, result in
    guard let handle = unsafe handle(file) else { return SQLITE_IOERR }
    let isReserved = handle.file.locks.values.contains { $0 >= SQLITE_LOCK_RESERVED }
    unsafe result?.pointee = isReserved ? 1 : 0
    return SQLITE_OK
  }
  unsafe methods.pointee.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
  unsafe methods.pointee.xSectorSize = { _ in 4_096 }
  // As the platform's own says: a write damages no byte beside it.
  unsafe methods.pointee.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
  unsafe methods.pointee.xShmMap = mapShared
  unsafe methods.pointee.xShmLock = lockShared
  unsafe methods.pointee.xShmBarrier = { _ in }
  unsafe methods.pointee.xShmUnmap = { file, deletes in
    guard let handle = unsafe handle(file) else { return SQLITE_IOERR }
    handle.file.shared.leave(handle.id)
    if deletes != 0, !handle.isDead { handle.file.shared.drop() }
    return SQLITE_OK
  }
  return unsafe methods
}()

private func closeFile(_ file: FilePointer?) -> Int32 {
  guard let file = unsafe file else { return SQLITE_OK }
  let slot = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
  if let handle = unsafe slot.pointee.handle {
    let opened = unsafe handle.takeUnretainedValue()
    opened.process?.closed(by: opened.id)
    unsafe handle.release()
    unsafe slot.pointee.handle = nil
  }
  return SQLITE_OK
}

private func readFile(
  _ file: FilePointer?, _ buffer: UnsafeMutableRawPointer?, _ count: Int32, _ offset: Int64
) -> Int32 {
  guard let handle = unsafe handle(file), let buffer = unsafe buffer, !handle.isDead else {
    return SQLITE_IOERR
  }
  if let code = handle.process?.failure(.read) { return code }
  let (count, offset) = (Int(count), Int(offset))
  let there = max(0, min(count, handle.file.bytes.count - offset))
  if there > 0 {
    unsafe handle.file.bytes.withUnsafeBytes { bytes in
      unsafe UnsafeMutableRawBufferPointer(start: buffer, count: there)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + there]))
    }
  }
  guard there < count else { return SQLITE_OK }
  unsafe (buffer + there).initializeMemory(as: UInt8.self, repeating: 0, count: count - there)
  return sqliteErrorShortRead
}

private func writeFile(
  _ file: FilePointer?, _ bytes: UnsafeRawPointer?, _ count: Int32, _ offset: Int64
) -> Int32 {
  guard let handle = unsafe handle(file), let bytes = unsafe bytes else { return SQLITE_IOERR }
  if let code = handle.process?.failure(.write) { return code }
  let new = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
  handle.file.write(new, at: Int(offset))
  return SQLITE_OK
}

private func lockFile(_ file: FilePointer?, _ level: Int32) -> Int32 {
  guard let handle = unsafe handle(file), !handle.isDead else { return SQLITE_IOERR }
  let others = handle.file.locks.filter { $0.key != handle.id }.values
  let isTaken =
    switch level {
    case SQLITE_LOCK_SHARED: others.contains { $0 >= SQLITE_LOCK_PENDING }
    case SQLITE_LOCK_RESERVED: others.contains { $0 >= SQLITE_LOCK_RESERVED }
    default: !others.isEmpty
    }
  if isTaken { return SQLITE_BUSY }
  handle.file.locks[handle.id] = level
  return SQLITE_OK
}

private func mapShared(
  _ file: FilePointer?, _ region: Int32, _ bytes: Int32, _ extends: Int32,
  _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> Int32 {
  guard let handle = unsafe handle(file), !handle.isDead else { return SQLITE_IOERR }
  handle.file.shared.join(handle.id, bytes: Int(bytes))
  unsafe result?.pointee = unsafe handle.file.shared.region(
    Int(region), bytes: Int(bytes), make: extends != 0)
  return SQLITE_OK
}

private func lockShared(
  _ file: FilePointer?, _ first: Int32, _ count: Int32, _ flags: Int32
) -> Int32 {
  guard let handle = unsafe handle(file), !handle.isDead else { return SQLITE_IOERR }
  let slots = Int(first)..<Int(first + count)
  if flags & SQLITE_SHM_UNLOCK != 0 {
    handle.file.shared.unlock(slots, by: handle.id)
    return SQLITE_OK
  }
  let isExclusive = flags & SQLITE_SHM_EXCLUSIVE != 0
  let isHeld = handle.file.shared.lock(slots, by: handle.id, isExclusive: isExclusive)
  return isHeld ? SQLITE_OK : SQLITE_BUSY
}
