// What scripts/check --thread asks of the sanitizer before it believes it. `probe guarded` has no
// race, and there must be no report: not of a contended mutex, nor of a continuation that is resumed
// before it is awaited. `probe unguarded` has one, and it must be reported.
import Glibc
import Synchronization

/// Counts under a lock, or beside it.
final class Tally: @unchecked Sendable {
  private let lock = Mutex(())
  private let isGuarded: Bool
  private var counts = [0]

  init(isGuarded: Bool) { self.isGuarded = isGuarded }

  func add() {
    guard isGuarded else {
      counts[0] += 1
      return lock.withLock { _ in }
    }
    // Longer than a waiting thread spins, so that the futex is met as well.
    lock.withLock { _ in for _ in 0..<100 { counts[0] += 1 } }
  }
}

/// Filled by a thread of its own, for a task that has not asked yet.
final class Box: @unchecked Sendable {
  var content: [Int] = []
  var continuation: UnsafeContinuation<Void, Never>?
  /// Orders nothing, on purpose: only the continuation may.
  let isResumed = Atomic<Bool>(false)

  func fill() {
    content.append(1)
    continuation?.resume()
    isResumed.store(true, ordering: .relaxed)
  }

  func wait() {
    while !isResumed.load(ordering: .relaxed) { sched_yield() }
  }
}

/// What a thread is to do.
final class Work {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

func start(_ body: @escaping @Sendable () -> Void) -> pthread_t {
  var thread = pthread_t()
  let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { work in
    if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
    return nil
  }
  let code = pthread_create(&thread, nil, main, Unmanaged.passRetained(Work(body)).toOpaque())
  precondition(code == 0, "pthread_create: \(code)")
  return thread
}

let isGuarded = CommandLine.arguments.last == "guarded"
let tally = Tally(isGuarded: isGuarded)
let threads = (0..<4).map { _ in start { for _ in 0..<10_000 { tally.add() } } }
for thread in threads { pthread_join(thread, nil) }

if isGuarded {
  for _ in 0..<100 {
    let box = Box()
    var filler = pthread_t()
    await withUnsafeContinuation { continuation in
      box.continuation = continuation
      filler = start { box.fill() }
      box.wait()
    }
    box.content.append(2)
    pthread_join(filler, nil)
  }
}
print("done")
