internal import CLinux
internal import Glibc

/// A value behind a mutex, with a thread that may wait for it to change.
@safe final class Gate<State>: @unchecked Sendable {
  // Confined by the mutex: touched only between lock and unlock.
  private var state: State
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init(_ state: sending State) {
    self.state = state
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    let made =
      unsafe (
        pthread_mutex_init(mutex, nil), pthread_cond_init(condition, nil)
      )
    precondition(made == (0, 0), "no mutex")
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Changes the value.
  ///
  /// - Parameter waking: whether the waiting thread, if any, is to look at it.
  func change(waking: Bool = true, _ body: (inout State) -> Void) {
    unsafe pthread_mutex_lock(mutex)
    body(&state)
    if waking { unsafe pthread_cond_signal(condition) }
    unsafe pthread_mutex_unlock(mutex)
  }

  /// Changes the value and wakes the waiting thread if the body says that it waits: a signal that
  /// nobody waits for costs as much as one that somebody does.
  func changeAndWake(_ body: (inout State) -> Bool) {
    unsafe pthread_mutex_lock(mutex)
    if body(&state) { unsafe pthread_cond_signal(condition) }
    unsafe pthread_mutex_unlock(mutex)
  }

  /// Waits until the body takes something from the value. One thread only waits.
  func wait<Result>(_ take: (inout State) -> Result?) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while true {
      if let result = take(&state) { return result }
      unsafe pthread_cond_wait(condition, mutex)
    }
  }
}
