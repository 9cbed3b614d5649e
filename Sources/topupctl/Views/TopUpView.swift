internal import ProtobufRuntime
internal import TopUpAPI

/// One top-up on a person's screen: what it is, its attempts and orders, where it has been, and
/// what it wrote into the ledger.
struct TopUpView {
  private let record: TopUpRecord
  private let time: TimeText
  private let unit: TokenText.Unit

  init(_ record: TopUpRecord, time: TimeText = .local) {
    self.record = record
    self.time = time
    unit = AccountText.unit(of: record.account)
  }

  /// Everything that is known.
  func write(to report: inout Report) {
    writeSummary(to: &report)
    report.section("attempts", attempts)
    report.section("orders", orders)
    report.section("timeline", timeline)
    report.section("ledger", LedgerView(record.entries, time: time).table)
  }

  /// What it is and where it stands.
  func writeSummary(to report: inout Report) {
    report.add(
      Table(fields: [
        ("top-up", Cell(record.id, .strong)),
        ("state", record.state.cell),
        ("waits for", Cell(record.reviewReason, .waiting)),
        ("held", Cell(held, .waiting)),
        ("reason", Cell(record.reason, .bad)),
        ("account", Cell(AccountText.full(record.account))),
        ("payer", Cell(AccountText.text(record.payer))),
        ("amount", Cell(amount)),
        ("for a debt", Cell(MoneyText.text(record.debtPart))),
        ("repaid", Cell(MoneyText.text(record.repaid))),
        ("quoted", Cell(TokenText.text(record.tokensQuoted, unit))),
        ("delivered", Cell(delivered)),
        ("refunded", Cell(MoneyText.text(record.refunded), .waiting)),
        ("disputed", Cell(MoneyText.text(record.disputed), .bad)),
        ("decline", Cell(decline, .bad)),
        ("tries again", Cell(time.moment(record.decline?.retryAt))),
        ("begun by", Cell(trigger)),
        ("created", Cell(time.moment(record.createdAt))),
        ("updated", Cell(time.moment(record.updatedAt))),
        ("next look", Cell(record.state.isFinal ? "" : time.moment(record.nextCheckAt))),
      ]))
  }

  /// What is charged, and what becomes of it.
  private var amount: String {
    let parts = [("net", record.net), ("fee", record.fee), ("tax", record.tax)].compactMap {
      label, money in
      money.flatMap { $0.minorUnits == 0 ? nil : "\(label) \(MoneyText.text($0))" }
    }
    let total = MoneyText.text(record.amount)
    return parts.isEmpty ? total : "\(total) (\(parts.joined(separator: ", ")))"
  }

  private var delivered: String {
    record.tokensDelivered == "0" && record.state != .credited
      ? "" : TokenText.text(record.tokensDelivered, unit)
  }

  /// Why the deposit waits, or waited, and how long.
  private var held: String {
    guard let hold = record.hold else { return "" }
    switch hold.phase {
    case .waiting:
      let end = time.moment(hold.releasesAt)
      return "\(hold.explanation); " + (end.isEmpty ? "an operator decides" : "until \(end)")
    case .over: return "\(hold.explanation); that is over"
    case .waived: return "\(hold.explanation); an operator let it go on"
    case .refused: return "\(hold.explanation); given back"
    case .unspecified, .unrecognized: return hold.explanation
    }
  }

  private var trigger: String {
    let rule = record.policyVersion > 0 ? ", policy version \(record.policyVersion)" : ""
    let episode = record.episode > 0 ? ", episode \(record.episode)" : ""
    return record.trigger.text + rule + episode
  }

  private var decline: String { Self.text(record.decline) }

  static func text(_ decline: DeclineDetail?) -> String {
    guard let decline else { return "" }
    let codes = [decline.class.text, decline.code, decline.declineCode].filter { !$0.isEmpty }
    return [decline.message, codes.isEmpty ? "" : "(\(codes.joined(separator: ", ")))"]
      .filter { !$0.isEmpty }.joined(separator: " ")
  }

  // MARK: Tables

  private var attempts: Table {
    var table = Table(
      .trailing("#"), "CARD", "STATE", "PAYMENT INTENT", "CHARGE", "STARTED", "DECLINE")
    for attempt in record.attempts {
      table.add(
        Cell("\(attempt.number)"), Cell(Self.card(attempt)), Cell(attempt.state),
        Cell(attempt.paymentIntentID), Cell(attempt.chargeID), Cell(time.clock(attempt.startedAt)),
        Cell(Self.text(attempt.decline), .bad))
    }
    return table
  }

  private static func card(_ attempt: ChargeAttempt) -> String {
    attempt.cardLast4.isEmpty
      ? attempt.paymentMethodID : "\(attempt.cardBrand) ····\(attempt.cardLast4)"
  }

  private var orders: Table {
    var table = Table(
      "ORDER", "STATE", .trailing("ORDERED"), .trailing("CREDITED"), .trailing("BLOCK"), "FINAL",
      "EXTRINSIC")
    for order in record.orders {
      table.add(
        Cell(order.clientOrderID), Cell(order.state),
        Cell(TokenText.text(order.tokensOrdered, .cere)),
        Cell(TokenText.text(order.tokensCredited, .cere)),
        Cell(order.blockNumber == 0 ? "" : "\(order.blockNumber)"),
        Cell(order.blockNumber == 0 ? "" : order.finalized ? "yes" : "no"),
        Cell(AccountText.shortened(order.extrinsicHash)))
    }
    return table
  }

  /// Each step with the time since the one before.
  private var timeline: Table {
    var table = Table("TIME", .trailing("AFTER"), "STATE", "CAUSE")
    var last: ProtobufTimestamp?
    for step in record.transitions {
      table.add(
        Cell(time.moment(step.at)), Cell(Self.span(from: last, to: step.at), .dim), step.to.cell,
        Cell(step.cause))
      last = step.at
    }
    return table
  }

  private static func span(from earlier: ProtobufTimestamp?, to later: ProtobufTimestamp?) -> String
  {
    guard let earlier, let later else { return "" }
    let (seconds, overflow) = later.seconds.subtractingReportingOverflow(earlier.seconds)
    if overflow { return "" }
    return SpanText.text(
      .seconds(seconds) + .nanoseconds(Int64(later.nanos) - Int64(earlier.nanos)))
  }

  // MARK: Lists and streams

  /// Top-ups, a line each.
  static func table(_ records: [TopUpRecord], time: TimeText = .local) -> Table {
    var table = Table(
      "TOP-UP", "STATE", .trailing("AMOUNT"), .trailing("DELIVERED"), "ACCOUNT", "BEGUN BY",
      "CREATED", "NOTE")
    for record in records {
      let view = TopUpView(record, time: time)
      table.add(
        Cell(record.id), record.state.cell, Cell(MoneyText.text(record.amount)),
        Cell(view.delivered), Cell(AccountText.short(record.account)), Cell(record.trigger.text),
        Cell(time.moment(record.createdAt)), Cell(view.note))
    }
    return table
  }

  /// One change as a line of a live timeline.
  ///
  /// - Parameter names: whether the top-up is named, where several are watched.
  func writeChange(_ transition: Transition?, names: Bool, to report: inout Report) {
    let state = record.state.cell
    let padding = String(repeating: " ", count: max(0, 16 - state.text.count))
    let note = [transition?.cause ?? "", self.note].filter { !$0.isEmpty }
      .joined(separator: ": ")
    report.add(
      Cell(time.clock(transition?.at ?? record.updatedAt), .dim), "  ",
      Cell(names ? "\(record.id)  " : ""), state, Cell(note.isEmpty ? "" : "\(padding)  \(note)"))
  }

  /// What matters beside the state.
  private var note: String {
    if !record.reviewReason.isEmpty { return record.reviewReason }
    switch record.state {
    case .depositHeld: return held
    case .credited: return delivered.isEmpty ? "" : "\(delivered) delivered"
    case .declined: return decline.isEmpty ? record.reason : decline
    case .cancelled, .expired: return record.reason
    case .refunded: return MoneyText.text(record.refunded)
    case .reversed: return MoneyText.text(record.disputed)
    default: return ""
    }
  }
}
