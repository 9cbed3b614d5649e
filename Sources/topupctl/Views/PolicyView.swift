internal import ProtobufRuntime
internal import TopUpAPI

/// A rule as labels and values, and the difference between two.
struct PolicyView {
  /// One line of a difference.
  struct Change: Sendable, Equatable {
    let field: String
    let before: String
    let after: String
  }

  private let policy: Policy

  init(_ policy: Policy) { self.policy = policy }

  func write(to report: inout Report, time: TimeText = .local) {
    let head: [(String, Cell)] = [
      ("account", Cell(AccountText.full(policy.account))),
      ("version", Cell(policy.version == 0 ? "" : "\(policy.version)")),
      ("updated", Cell(time.moment(policy.updatedAt))),
    ]
    report.add(Table(fields: head + values.map { ($0.0, Cell($0.1)) }))
  }

  /// What differs, in the order in which a rule is told.
  static func changes(from before: Policy?, to after: Policy) -> [Change] {
    let old = before.map { PolicyView($0).values } ?? []
    return PolicyView(after).values.compactMap { field, value in
      let known = old.first { $0.0 == field }?.1 ?? ""
      return known == value ? nil : Change(field: field, before: known, after: value)
    }
  }

  static func table(_ changes: [Change]) -> Table {
    var table = Table("FIELD", "BEFORE", "AFTER")
    for change in changes {
      table.add(
        Cell(change.field), Cell(change.before.isEmpty ? "–" : change.before, .bad),
        Cell(change.after.isEmpty ? "–" : change.after, .good))
    }
    return table
  }

  /// What a person may set, in words.
  var values: [(String, String)] {
    let unit = AccountText.unit(of: policy.account)
    return [
      ("payer", AccountText.text(policy.payer)),
      ("enabled", policy.enabled ? "yes" : "no"),
      ("threshold", TokenText.text(policy.threshold, unit)),
      ("amount", amount(unit)),
      ("least", MoneyText.text(policy.minPerTopUp)),
      ("most", MoneyText.text(policy.maxPerTopUp)),
      ("day cap", Self.text(policy.day)),
      ("month cap", Self.text(policy.month)),
      ("zone", policy.timeZone),
      ("re-arm margin", policy.rearmMargin.isEmpty ? "" : TokenText.text(policy.rearmMargin, unit)),
      ("cooldown", SpanText.exact(policy.cooldown)),
      ("low cooldown", SpanText.exact(policy.lowCooldown)),
      ("min runway", SpanText.exact(policy.minRunway)),
      ("arrive before empty", SpanText.exact(policy.arriveBeforeEmpty)),
      ("schedules", policy.schedules.map { ScheduleText.text($0) }.joined(separator: "; ")),
      ("slippage", policy.slippageBasisPoints.map { "\($0) basis points" } ?? ""),
      ("new card hold", SpanText.exact(policy.newCardHold)),
      ("risk hold", policy.riskHold.text),
      ("risk hold span", SpanText.exact(policy.riskHoldSpan)),
      ("remainder", policy.remainder.text),
      ("debt", policy.debtRule.text),
      ("cards", policy.paymentMethodIDs.joined(separator: ", ")),
    ]
  }

  private func amount(_ unit: TokenText.Unit) -> String {
    switch policy.amount {
    case .fixed(let money): "always \(MoneyText.text(money))"
    case .refillTo(let target):
      "up to \(TokenText.text(target, unit)), paid in \(policy.currency)"
    case .tier(let name):
      policy.currency.isEmpty ? "tier \(name)" : "tier \(name), paid in \(policy.currency)"
    case nil: ""
    }
  }

  private static func text(_ cap: Cap?) -> String {
    guard let cap else { return "" }
    let count = cap.count > 0 ? "\(cap.count) top-ups" : ""
    return [MoneyText.text(cap.amount), count].filter { !$0.isEmpty }.joined(separator: ", ")
  }
}
