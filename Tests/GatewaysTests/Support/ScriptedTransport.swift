import Synchronization
import Testing
import TopUpCore

/// A transport that plays outcomes in order and records what was asked of it.
final class ScriptedTransport: HTTPTransport {
  private struct State {
    var outcomes: [HTTPOutcome]
    var requests: [HTTPRequest] = []
  }

  private let state: Mutex<State>

  init(_ outcomes: [HTTPOutcome]) { state = Mutex(State(outcomes: outcomes)) }

  convenience init(_ outcomes: HTTPOutcome...) { self.init(outcomes) }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }

  func send(_ request: HTTPRequest) async -> HTTPOutcome {
    let outcome = state.withLock { state -> HTTPOutcome? in
      state.requests.append(request)
      return state.outcomes.isEmpty ? nil : state.outcomes.removeFirst()
    }
    guard let outcome else {
      Issue.record("one request more than the script has outcomes: \(request.url)")
      return .notSent("the script has ended")
    }
    return outcome
  }
}

extension IdempotencyKey: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) { self.init(rawValue: text) }
}

extension HTTPOutcome {
  static func json(_ body: String) -> HTTPOutcome { .json(200, body) }

  static func json(
    _ status: Int, _ body: String, _ headers: [HTTPField] = []
  ) -> HTTPOutcome {
    .response(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
  }
}

extension HTTPRequest {
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
  var bodyText: String { String(decoding: body, as: UTF8.self) }
  /// The parameters of the body, one a line, with brackets for reading.
  var form: [String] { Self.readable(bodyText) }
  var query: [String] {
    url.firstIndex(of: "?").map { Self.readable(url[$0...].dropFirst()) } ?? []
  }
  var path: String { String(url[..<(url.firstIndex(of: "?") ?? url.endIndex)]) }

  private static func readable(_ text: some StringProtocol) -> [String] {
    text.split(separator: "&").map { pair in
      String(pair).replacing("%5B", with: "[").replacing("%5D", with: "]")
    }
  }
}
