import StrictJSON
import TopUpCore

/// What tests of all clients say of answers.
enum Answers {
  /// An object with some members changed; nil takes one away.
  static func text(_ base: [(String, JSON)], _ changes: [String: JSON?]) -> String {
    var object = JSONObject()
    for (name, value) in base { object[name] = value }
    for (name, value) in changes { object[name] = value }
    return JSON.object(object).text
  }

  static func isUnknown<Value>(_ result: OutsideResult<Value>) -> Bool {
    if case .unknown = result { true } else { false }
  }
}
