import StrictJSON
import Synchronization
import Testing
import TopUpCore

/// A node's JSON-RPC that answers by step, and not in the order it is asked in: what is asked at a
/// block is asked side by side.
final class ScriptedNode: HTTPTransport {
  private let outcomes: [HTTPOutcome]
  private let asked = Mutex<[(step: Int, request: HTTPRequest)]>([])

  /// - Parameter outcomes: of the head, of its header, and of what is asked at that block.
  init(_ outcomes: [HTTPOutcome]) { self.outcomes = outcomes }

  /// By step.
  var requests: [HTTPRequest] {
    asked.withLock { $0.sorted { $0.step < $1.step }.map(\.request) }
  }

  func send(_ request: HTTPRequest) async -> HTTPOutcome {
    let call = try? JSON(parsing: request.body)
    let hasParameters = call?["params"]?.array?.isEmpty == false
    let step = call?["method"]?.string == "chain_getHeader" ? 1 : hasParameters ? 2 : 0
    asked.withLock { $0.append((step, request)) }
    guard step < outcomes.count else {
      Issue.record("a step more than the script has outcomes: \(request.bodyText)")
      return .notSent("the script has ended")
    }
    return outcomes[step]
  }
}
