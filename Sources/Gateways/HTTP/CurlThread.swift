internal import CLinux
internal import Glibc

/// The thread that curl runs on.
enum CurlThread {
  /// Runs `body` on a thread of its own, detached: it ends when `body` returns.
  ///
  /// All signals are blocked there: those of the process belong to the main thread, and a TLS
  /// write to a connection that is gone must not end the process by SIGPIPE, which curl leaves to
  /// the program under CURLOPT_NOSIGNAL.
  static func start(_ body: @escaping @Sendable () -> Void) throws(CurlError) {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let box = unsafe Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let result = unsafe pthread_create(&thread, &attributes, threadMain, box.toOpaque())
    guard result == 0 else {
      unsafe box.release()
      throw .thread(result)
    }
    _ = unsafe pthread_setname_np(thread, "curl")
  }

  final class Box {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  var signals = sigset_t()
  unsafe sigfillset(&signals)
  unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  if let argument = unsafe argument {
    let box = unsafe Unmanaged<CurlThread.Box>.fromOpaque(argument).takeRetainedValue()
    box.body()
  }
  return nil
}
