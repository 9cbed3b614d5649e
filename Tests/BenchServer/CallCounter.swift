import RPCCore
import Synchronization

/// An interceptor that counts, so that what interceptors cost is part of every figure.
final class CallCounter: ServerInterceptor {
  private let begun = Atomic<Int>(0)
  private let ended = Atomic<Int>(0)

  func callBegan(_ call: any ServerCall) throws(RPCError) {
    begun.add(1, ordering: .relaxed)
  }

  func callEnded(_ call: any ServerCall, with status: Status) {
    ended.add(1, ordering: .relaxed)
  }
}
