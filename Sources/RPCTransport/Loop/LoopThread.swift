internal import CLinux
internal import Glibc

/// Threads for loops: the only ones that the RPC stack starts.
enum LoopThread {
  /// A number that no other living thread has.
  static var current: UInt { UInt(pthread_self()) }

  /// Runs `body` on a thread of its own, detached: it ends when `body` returns.
  static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let box = unsafe Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let result = unsafe pthread_create(&thread, &attributes, threadMain, box.toOpaque())
    guard result == 0 else {
      unsafe box.release()
      throw SystemError("pthread_create", number: result)
    }
    _ = unsafe pthread_setname_np(thread, String(name.utf8.prefix(15)) ?? "loop")
  }

  final class Box {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument = unsafe argument {
    let box = unsafe Unmanaged<LoopThread.Box>.fromOpaque(argument).takeRetainedValue()
    box.body()
  }
  return nil
}
