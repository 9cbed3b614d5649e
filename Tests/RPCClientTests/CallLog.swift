import RPCCore
import Synchronization

/// What one call brought.
final class CallLog: Sendable {
  private struct State {
    var messages: [[UInt8]] = []
    var initial: Metadata?
    var trailers: Metadata?
  }

  private let state = Mutex(State())

  var messages: [[UInt8]] { state.withLock { $0.messages } }
  var initialMetadata: Metadata? { state.withLock { $0.initial } }
  var trailers: Metadata? { state.withLock { $0.trailers } }

  func add(_ message: [UInt8]) { state.withLock { $0.messages.append(message) } }

  func ended(_ initial: Metadata, _ trailers: Metadata) {
    state.withLock {
      $0.initial = initial
      $0.trailers = trailers
    }
  }
}
