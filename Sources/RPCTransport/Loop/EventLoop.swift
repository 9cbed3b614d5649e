package import RPCCore

/// Where connections live and their handlers run: one thread's loop, or the simulator's.
///
/// Everything that hangs on a loop is confined to it. Work from elsewhere comes in by
/// ``execute(_:)`` or as a job of the executor.
package protocol EventLoop: SerialExecutor {
  /// For tasks that are to run here and are isolated to nothing, as handlers are.
  var tasks: any TaskExecutor { get }
  /// The place among the loops that serve together, from 0.
  var number: Int { get }
  /// The moment of the current wake-up; read once, so that everything in it agrees.
  var now: MonotonicInstant { get }
  /// Whether the caller runs on this loop.
  var isCurrent: Bool { get }
  /// Runs a piece of work on the loop, soon. From anywhere.
  func execute(_ work: @escaping @Sendable () -> Void)
  /// Arms a timer; one that is armed already moves. On the loop only.
  func schedule(_ timer: LoopTimer, at moment: MonotonicInstant)
  /// Disarms a timer. On the loop only.
  func cancel(_ timer: LoopTimer)
  /// Has something flushed once, when this wake-up's work is done. On the loop only.
  func flushLater(_ flushable: any Flushable)
}

/// Something that gathers output and sends it at the end of a wake-up.
package protocol Flushable: AnyObject {
  func flush()
}

/// A moment at which something happens; confined to one loop, reused as often as liked.
package final class LoopTimer {
  /// What the loop that it is armed on does when it is due.
  package let action: () -> Void
  var deadline = MonotonicInstant(nanoseconds: .max)
  /// The place in the loop's heap; -1 when it is not armed.
  var heapIndex = -1

  package init(_ action: @escaping () -> Void) { self.action = action }

  package var isArmed: Bool { heapIndex >= 0 }
}
