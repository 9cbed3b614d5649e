internal import Logging
internal import TopUpCore

/// Puts what the engine reports into the log.
struct EngineLog: Sendable {
  let logger: Logger
  /// Called when the store's file is damaged.
  let storeIsLost: @Sendable () -> Void

  func record(_ report: EngineReport) {
    switch report {
    case .calling(let id, let effect):
      logger.debug("calling", metadata: ["top_up": "\(id)", "call": "\(effect.name)"])
    case .called(let id, let effect, let event):
      logger.info(
        "called",
        metadata: ["top_up": "\(id)", "call": "\(effect.name)", "answer": "\(event.summary)"])
    case .contradiction(let id, let error):
      logger.error(
        "an answer contradicts the record",
        metadata: [
          "top_up": "\(id)", "contradiction": "\(error)",
        ])
    case .decided(let account, let decision):
      logger.info(
        "decided", metadata: ["account": "\(account.name)", "decision": "\(decision.words)"])
    case .caughtUp(let events):
      logger.notice("events that no webhook brought", metadata: ["count": "\(events)"])
    case .catchUpFailed(let reason):
      logger.error(
        "what happened outside could not be gone through: it is tried again",
        metadata: ["reason": "\(reason)"])
    case .eventsForgotten(let since): noteForgotten(since)
    case .storeIsBehind(let reason):
      logger.critical("nothing is sent: the store is behind", metadata: ["reason": "\(reason)"])
    case .different(let difference, let isRepaired):
      logger.log(
        level: difference.kind.isAlarm && !isRepaired ? .critical : .warning,
        isRepaired ? "a difference was repaired" : "the books differ",
        metadata: [
          "kind": "\(difference.kind.rawValue)", "top_up": "\(difference.topUp?.rawValue ?? "")",
          "object": "\(difference.object)", "ours": "\(difference.ours)",
          "theirs": "\(difference.theirs)", "remedy": "\(difference.kind.remedy)",
        ])
    case .reconciled(let result):
      logger.info(
        "the books were compared",
        metadata: [
          "scope": "\(result.scope.rawValue)", "compared": "\(result.compared)",
          "differences": "\(result.open.count)",
        ])
    case .reconciliationFailed(let reason):
      logger.warning("the books could not be compared", metadata: ["reason": "\(reason)"])
    case .clockSetBack(let span):
      logger.warning(
        "the clock was set back: all that waits is looked at", metadata: ["by": "\(span)"])
    case .rampStands(let standing):
      logger.log(
        level: standing.isOpen ? .error : .notice,
        standing.isOpen ? "nothing is charged for the ramp" : "the ramp's breaker is closed",
        metadata: [
          "cause": "\(standing.cause)", "compensations": "\(standing.compensations)",
          "probes_at": "\(standing.probesAt.map { "\($0)" } ?? "")",
        ])
    case .inboxFailed(let id, let reason):
      logger.warning(
        "a webhook event is not applied yet", metadata: ["event": "\(id)", "reason": "\(reason)"])
    case .inboxGivenUp(let id, let reason):
      logger.error(
        "a webhook event is given up: it waits for topupctl inbox replay",
        metadata: ["event": "\(id)", "reason": "\(reason)"])
    case .storeTrouble(let error):
      logger.error("the store does not answer", metadata: ["error": "\(error)"])
    case .storeLost(let error):
      logger.critical("the store is damaged", metadata: ["error": "\(error)"])
      storeIsLost()
    }
  }

  private func noteForgotten(_ since: UnixTime) {
    logger.error(
      "the processor has forgotten what it told meanwhile: run 'topupctl reconcile --repair'",
      metadata: ["since": "\(since)"])
  }
}

extension TopUpEvent {
  /// For the log: what came, without what is nobody's business.
  fileprivate var summary: String {
    switch self {
    case .chargeStarted: "start"
    case .chargeForbidden(let reason): "forbidden: \(reason)"
    case .intentSeen(let intent):
      "intent \(intent.id) \(intent.status)"
        + (intent.lastError.map { ", \($0.shortText)" } ?? "")
    case .intentNotFound: "no intent"
    case .quoted(let quote): "quote \(quote.id): \(quote.tokens)"
    case .reread(let intent): "intent \(intent.id) \(intent.status)"
    case .orderSeen(let order): "order \(order.state), version \(order.version)"
    case .orderNotFound: "order not found"
    case .overtaken(let reason), .refundWithheld(let reason): reason
    case .finalitySeen(let block):
      block.hash.map { "block \(block.number) is \($0)" }
        ?? "block \(block.number) is above the finalized \(block.head)"
    case .refundsSeen(let refunds): "\(refunds.count) refunds"
    case .reversalsSeen(let seen):
      "reversals: " + seen.map { "\($0.id) took \($0.taken)" }.joined(separator: ", ")
    case .fraudWarned: "early fraud warning"
    case .refused(let refusal): "refused: \(refusal.code): \(refusal.message)"
    case .inDoubt(let reason): "in doubt: \(reason)"
    case .notSent(let reason): "not sent: \(reason)"
    case .cancelRequested(let reason): "cancel: \(reason)"
    case .refundWished(let wish): "refund wished by \(wish.actor)"
    case .reviewed(let action): "\(action.verb.name) by \(action.actor)"
    case .debtReleased(let release): "debt released by \(release.actor)"
    case .timePassed: "time passed"
    }
  }
}
