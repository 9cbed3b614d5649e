package import StrictJSON

/// The language in which faults are told, one rule an object:
/// ```json
/// {"seed": 7, "rules": [
///   {"match": {"service": "stripe", "method": "POST", "path_suffix": "/confirm", "nth": 1},
///    "action": {"drop": "after"}},
///   {"match": {"service": "webhook", "path": "payment_intent.", "every": 2},
///    "action": {"webhook": {"copies": 3, "delay_ms": 5000}}}]}
/// ```
/// A match has one of `nth`, `every`, `first`, `parts_per_million`, or none for every call; `path`
/// is a prefix, of an event's type for webhooks. Whatever the language does not know is refused.
package struct FaultScript: Error, Sendable {
  package let message: String

  /// - Throws: itself, with what is wrong and in which rule.
  package static func plan(from json: JSON) throws(FaultScript) -> FaultPlan {
    try only(["seed", "rules"], in: json, "the script")
    guard let list = json["rules"]?.array else { throw FaultScript(message: "no list of rules") }
    var rules: [FaultRule] = []
    for (index, rule) in list.enumerated() {
      rules.append(try self.rule(rule, "rule \(index)"))
    }
    let seed = try json["seed"].map { seed throws(FaultScript) in
      try count(seed, "seed", 0...Int.max)
    }
    return FaultPlan(rules, seed: UInt64(seed ?? 3))
  }

  private static func rule(_ json: JSON, _ place: String) throws(FaultScript) -> FaultRule {
    try only(["match", "action"], in: json, place)
    guard let match = json["match"], let action = json["action"] else {
      throw FaultScript(message: "\(place) needs match and action")
    }
    let choices = ["nth", "every", "first", "parts_per_million"]
    try only(
      ["service", "method", "path", "path_suffix", "contains"] + choices, in: match, place)
    guard let service = match["service"]?.string.flatMap(FaultRule.Service.init) else {
      throw FaultScript(message: "\(place): service is stripe, ramp, node or webhook")
    }
    let chosen = choices.filter { match[$0] != nil }
    guard chosen.count <= 1 else {
      throw FaultScript(message: "\(place): only one of \(chosen.joined(separator: ", "))")
    }
    var occurrence = FaultRule.Occurrence.all
    if let name = chosen.first, let value = match[name] {
      let number = try count(value, "\(place): \(name)", 0...1_000_000)
      occurrence =
        switch name {
        case "nth": .nth(number)
        case "every": .every(max(1, number))
        case "first": .first(number)
        default: .chance(partsPerMillion: number)
        }
    }
    return FaultRule(
      service, method: try text(match["method"], place),
      pathPrefix: try text(match["path"], place) ?? "",
      pathSuffix: try text(match["path_suffix"], place) ?? "",
      contains: try text(match["contains"], place) ?? "", occurrence,
      try self.action(action, place))
  }

  private static func action(_ json: JSON, _ place: String) throws(FaultScript) -> FaultRule.Action
  {
    guard let members = json.object?.members, members.count == 1, let member = members.first else {
      throw FaultScript(message: "\(place): an action has one member")
    }
    let value = member.value
    let place = "\(place): \(member.name)"
    switch (member.name, value.string) {
    case ("delay_ms", _): return .delay(try milliseconds(value, place))
    case ("hold_ms", _): return .hold(try milliseconds(value, place))
    case ("drop", "before"): return .dropBefore
    case ("drop", "after"): return .dropAfter
    case ("hang", _) where value == true: return .hang
    case ("fail", "after"): return .failAfter
    case ("answer", _):
      try only(["status", "body"], in: value, place)
      return .answer(
        status: try count(value["status"] ?? .null, place, 200...599),
        body: try text(value["body"], place) ?? "")
    case ("rate_limit", _):
      try only(["retry_after"], in: value, place)
      return .rateLimit(
        retryAfterSeconds: try count(value["retry_after"] ?? 1, place, 0...86_400))
    case ("processing_ms", _): return .processing(try milliseconds(value, place))
    case ("risk", let level?): return .risk(level)
    case ("decline", let code?): return .decline(code)
    case ("order", let fate?):
      guard let fate = OrderFate(rawValue: fate) else {
        let known = OrderFate.allCases.map(\.rawValue).joined(separator: ", ")
        throw FaultScript(message: "\(place) is one of \(known)")
      }
      return .order(fate)
    case ("move_price_basis_points", _):
      return .movePrice(basisPoints: Int64(try count(value, place, -9_999...100_000)))
    case ("lag_blocks", _): return .lag(blocks: UInt64(try count(value, place, 0...1_000_000)))
    case ("expire_quote", _) where value == true: return .expireQuote
    case ("webhook", _): return .webhook(try webhook(value, place))
    default: throw FaultScript(message: "\(place) is no action")
    }
  }

  private static func webhook(
    _ json: JSON, _ place: String
  ) throws(FaultScript) -> WebhookDisturbance {
    try only(["drop", "copies", "delay_ms", "forged", "signed_ago_ms"], in: json, place)
    var disturbance = WebhookDisturbance()
    disturbance.isLost = json["drop"]?.bool ?? false
    disturbance.isForged = json["forged"]?.bool ?? false
    if let copies = json["copies"] { disturbance.copies = try count(copies, place, 1...100) }
    if let delay = json["delay_ms"] { disturbance.delay = try milliseconds(delay, place) }
    if let ago = json["signed_ago_ms"] { disturbance.signedAgo = try milliseconds(ago, place) }
    return disturbance
  }

  // MARK: Values

  private static func only(
    _ names: [String], in json: JSON, _ place: String
  ) throws(FaultScript) {
    guard let members = json.object?.members else {
      throw FaultScript(message: "\(place) is no object")
    }
    for member in members where !names.contains(member.name) {
      throw FaultScript(message: "\(place): unknown member \(member.name)")
    }
  }

  private static func count(
    _ json: JSON, _ place: String, _ range: ClosedRange<Int>
  ) throws(FaultScript) -> Int {
    guard let value = json.int64.map({ Int($0) }), range.contains(value) else {
      throw FaultScript(message: "\(place) is a whole number in \(range)")
    }
    return value
  }

  private static func milliseconds(_ json: JSON, _ place: String) throws(FaultScript) -> Duration {
    .milliseconds(try count(json, place, -86_400_000...86_400_000))
  }

  private static func text(_ json: JSON?, _ place: String) throws(FaultScript) -> String? {
    guard let json else { return nil }
    guard let text = json.string else { throw FaultScript(message: "\(place): not a text") }
    return text
  }
}
