internal import CLinux
internal import Glibc

/// A thread of the store's own, waited for at its end.
struct StoreThread: Sendable {
  private let thread: pthread_t

  /// - Parameter name: up to 15 bytes (pthread_setname_np).
  /// - Returns: nil when the system gives no thread.
  init?(name: String, _ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let box = unsafe Unmanaged.passRetained(Box(body))
    guard unsafe pthread_create(&thread, nil, runBox, box.toOpaque()) == 0 else {
      unsafe box.release()
      return nil
    }
    _ = unsafe pthread_setname_np(thread, name)
    self.thread = thread
  }

  /// Waits for its end; once.
  func join() { _ = pthread_join(thread, nil) }

  fileprivate final class Box {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

private func runBox(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument = unsafe argument {
    let box = unsafe Unmanaged<StoreThread.Box>.fromOpaque(argument).takeRetainedValue()
    box.body()
  }
  return nil
}
