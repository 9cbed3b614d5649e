internal import StrictJSON

/// What one check of doctor found.
struct Finding: Sendable, Equatable {
  enum Verdict: String, Sendable {
    case ok
    case warn
    case fail

    var cell: Cell {
      switch self {
      case .ok: Cell(rawValue, .good)
      case .warn: Cell(rawValue, .waiting)
      case .fail: Cell(rawValue, .bad)
      }
    }
  }

  let verdict: Verdict
  let name: String
  let detail: String
  /// What to do; nil when all is well.
  let fix: String?

  init(_ verdict: Verdict, _ name: String, _ detail: String, fix: String? = nil) {
    self.verdict = verdict
    self.name = name
    self.detail = detail
    self.fix = fix
  }

  var json: JSON {
    var object = JSONObject()
    object["verdict"] = .string(verdict.rawValue)
    object["name"] = .string(name)
    object["detail"] = .string(detail)
    if let fix { object["fix"] = .string(fix) }
    return .object(object)
  }
}
