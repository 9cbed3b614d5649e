import TopUpCore

/// Which of the processor's POSTs that move money may have been done, and whether anybody has asked
/// since: the next step is to ask, whoever is to make it (invariant 15). Orders are `OrderBook`'s.
struct AskBook {
  /// What tells how a POST ended.
  private enum Question: Hashable {
    case intents(customer: String)
    case intent(String)
    case refunds(intent: String)
  }

  /// By key.
  private var doubted: [String: Question] = [:]
  /// The newest process that asked, or sent what is asked about.
  private var newest: [Question: Int] = [:]

  /// - Parameter process: in the order in which they were started. An older one that has not heard of
  ///   the newer sends as if it were not there (invariant 42), and the newer does not hear of that.
  mutating func sends(
    _ request: HTTPRequest, _ path: [Substring], of process: Int
  ) -> [Violation] {
    if request.method == .get {
      if let question = Self.asked(request, path) { _ = isNewest(process, question) }
      return []
    }
    guard let question = Self.question(about: request, path), let key = Self.key(of: request),
      isNewest(process, question),
      doubted.updateValue(question, forKey: key) != nil
    else { return [] }
    return [
      Violation("15", "POST \(request.url) under \(key) again, and nobody asked what became of it")
    ]
  }

  private mutating func isNewest(_ process: Int, _ question: Question) -> Bool {
    let known = newest[question] ?? process
    newest[question] = max(known, process)
    return process >= known
  }

  mutating func ended(_ request: HTTPRequest, _ path: [Substring], _ outcome: HTTPOutcome) {
    switch request.method {
    case .post:
      guard let key = Self.key(of: request), Self.isSure(outcome) else { return }
      doubted[key] = nil
    case .get:
      guard case .response(let response) = outcome, response.status == 200,
        let answered = Self.asked(request, path)
      else { return }
      doubted = doubted.filter { $0.value != answered }
    case .delete: break
    }
  }

  private static func isSure(_ outcome: HTTPOutcome) -> Bool {
    switch outcome {
    case .notSent: true
    case .response(let response): response.status < 500
    case .unknown: false
    }
  }

  private static func key(of request: HTTPRequest) -> String? {
    request.headers.first { $0.name.lowercased() == "idempotency-key" }?.value
  }

  private static func question(about request: HTTPRequest, _ path: [Substring]) -> Question? {
    switch path.count {
    case 2 where path[1] == "payment_intents":
      field("customer", of: request.body).map { .intents(customer: $0) }
    case 2 where path[1] == "refunds":
      field("payment_intent", of: request.body).map { .refunds(intent: $0) }
    case 4 where path[1] == "payment_intents" && path[3] == "confirm": .intent(String(path[2]))
    default: nil
    }
  }

  private static func asked(_ request: HTTPRequest, _ path: [Substring]) -> Question? {
    let query = request.url.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    switch path.count {
    case 2 where path[1] == "payment_intents":
      return field("customer", of: Array(query.utf8)).map { .intents(customer: $0) }
    case 2 where path[1] == "refunds":
      return field("payment_intent", of: Array(query.utf8)).map { .refunds(intent: $0) }
    case 3 where path[1] == "payment_intents": return .intent(String(path[2]))
    default: return nil
    }
  }

  private static func field(_ name: String, of form: [UInt8]) -> String? {
    String(decoding: form, as: UTF8.self).split(separator: "&")
      .first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
  }
}
