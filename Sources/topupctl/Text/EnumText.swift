internal import ProtobufRuntime
internal import TopUpAPI

extension ProtobufEnum {
  /// The name without the part that all values share, such as `NEEDS_REVIEW`; the number of a value
  /// that this program does not know yet.
  func name(after prefix: String) -> String {
    guard let protoName else { return "\(rawValue)" }
    return protoName.hasPrefix(prefix) ? String(protoName.dropFirst(prefix.count)) : protoName
  }

  /// The value that a person names: `needs-review`, `NEEDS_REVIEW` or the full name.
  init?(named text: String, prefix: String) {
    let name = text.uppercased().replacing("-", with: "_")
    let found = Self.allCases.first { $0.protoName == name || $0.protoName == prefix + name }
    guard let found, found.rawValue != 0 else { return nil }
    self = found
  }

  /// Every name as a person would type it.
  static func choices(after prefix: String) -> [String] {
    allCases.filter { $0.rawValue != 0 }.map {
      $0.name(after: prefix).lowercased().replacing("_", with: "-")
    }
  }
}

extension TopUpState {
  static let prefix = "TOP_UP_STATE_"

  /// Whether nothing follows it by itself.
  var isFinal: Bool {
    switch self {
    case .credited, .declined, .cancelled, .expired, .refunded, .reversed: true
    case .unspecified, .decided, .reserved, .charging, .chargeUnknown, .actionRequired, .charged,
      .depositHeld, .depositing, .depositUnknown, .orderCancelling, .refunding, .refundUnknown,
      .refundFailed,
      .partial, .returned, .needsReview, .unrecognized:
      false
    }
  }

  var cell: Cell {
    Cell(
      self == .unspecified ? "" : name(after: Self.prefix),
      self == .credited ? .good : isFinal ? .bad : .waiting)
  }
}

extension SkipReason {
  static let prefix = "SKIP_REASON_"
  var text: String { self == .unspecified ? "" : name(after: Self.prefix) }
}

extension ShadowKind {
  var text: String {
    self == .unspecified ? "" : name(after: "SHADOW_KIND_").lowercased().replacing("_", with: " ")
  }
}

extension RiskHold {
  var text: String { self == .unspecified ? "" : name(after: "RISK_HOLD_").lowercased() }
}

extension Remainder {
  var text: String { self == .unspecified ? "" : name(after: "REMAINDER_").lowercased() }
}

extension DebtRule {
  var text: String { self == .unspecified ? "" : name(after: "DEBT_RULE_").lowercased() }
}

extension BlockCause {
  static let prefix = "BLOCK_CAUSE_"
  var text: String { self == .unspecified ? "" : name(after: Self.prefix) }
}

extension Trigger {
  var text: String { self == .unspecified ? "" : name(after: "TRIGGER_").lowercased() }
}

extension DeclineClass {
  var text: String { self == .unspecified ? "" : name(after: "DECLINE_CLASS_").lowercased() }
}

extension Severity {
  static let prefix = "SEVERITY_"
}

extension IntakeOutcome {
  var text: String { name(after: "INTAKE_OUTCOME_") }
}
