package import TopUpCore

/// Applies a script of faults to calls as they come; the same calls and seed give the same faults.
package struct FaultPlan: Sendable {
  package private(set) var rules: [FaultRule]
  /// How many calls each rule has matched.
  package private(set) var matched: [Int]
  /// How many of them it disturbed.
  package private(set) var applied: [Int]
  private var generator: SeededGenerator

  package init(_ rules: [FaultRule] = [], seed: UInt64 = 3) {
    self.rules = rules
    matched = Array(repeating: 0, count: rules.count)
    applied = matched
    generator = SeededGenerator(seed: seed)
  }

  /// What the script does to a request, the first rule that applies first.
  package mutating func actions(
    for request: HTTPRequest, to service: FaultRule.Service
  ) -> [FaultRule.Action] {
    guard !rules.isEmpty else { return [] }
    let path = RequestTarget(url: request.url)?.path ?? request.url
    let body = String(decoding: request.body, as: UTF8.self)
    return actions(service, method: request.method.rawValue, path: path, body: body)
  }

  /// What the script does to the delivery of an event.
  package mutating func disturbance(of event: StripeEvent) -> WebhookDisturbance {
    for action in actions(.webhook, method: "POST", path: event.type, body: event.object) {
      if case .webhook(let disturbance) = action { return disturbance }
    }
    return .none
  }

  private mutating func actions(
    _ service: FaultRule.Service, method: String, path: String, body: String
  ) -> [FaultRule.Action] {
    var actions: [FaultRule.Action] = []
    for (index, rule) in rules.enumerated() {
      guard rule.service == service, rule.method.map({ $0 == method }) ?? true,
        path.hasPrefix(rule.pathPrefix), path.hasSuffix(rule.pathSuffix),
        rule.contains.isEmpty || Self.holds(body, rule.contains)
      else { continue }
      matched[index] += 1
      let isPicked =
        switch rule.occurrence {
        case .all: true
        case .nth(let number): matched[index] == number
        case .every(let number): matched[index] % number == 0
        case .first(let number): matched[index] <= number
        case .chance(let parts): Int.random(in: 0..<1_000_000, using: &generator) < parts
        }
      guard isPicked else { continue }
      applied[index] += 1
      actions.append(rule.action)
    }
    return actions
  }

  private static func holds(_ text: String, _ part: String) -> Bool {
    let (bytes, wanted) = (Array(text.utf8), Array(part.utf8))
    guard bytes.count >= wanted.count else { return false }
    return (0...bytes.count - wanted.count).contains {
      bytes[$0..<$0 + wanted.count].elementsEqual(wanted)
    }
  }
}
