import TopUpCore
import TopUpService

// What a trace says of what the engine reports.

extension Simulation {
  static func words(_ report: EngineReport) -> String {
    switch report {
    case .calling(let id, let effect): "calls \(effect.name) of \(id)"
    case .called(let id, let effect, _): "called \(effect.name) of \(id)"
    case .contradiction(let id, let error): "\(id) is contradicted: \(error)"
    case .decided(let account, _): "decided on \(account)"
    case .caughtUp(let events): "caught up with \(events) events"
    case .catchUpFailed(let reason): "could not catch up: \(reason)"
    case .eventsForgotten(let since): "may have missed events since \(since)"
    case .storeIsBehind(let reason): "is behind: \(reason)"
    case .different(let difference, let isRepaired):
      "\(isRepaired ? "repaired" : "found") \(difference.kind.rawValue) of \(difference.object)"
    case .reconciled(let result): "compared \(result.compared): \(result.open.count) differ"
    case .reconciliationFailed(let reason): "could not compare: \(reason)"
    case .clockSetBack(let span): "sees its clock set back by \(span)"
    case .rampStands(let standing): "finds the ramp open: \(standing.isOpen), \(standing.cause)"
    case .inboxFailed(let id, let reason): "puts \(id) off: \(reason)"
    case .inboxGivenUp(let id, let reason): "gives \(id) up: \(reason)"
    case .storeTrouble(let error): "has trouble with its store: \(error)"
    case .storeLost(let error): "lost its store: \(error)"
    }
  }

  static func details(_ report: EngineReport) -> String {
    if case .called(_, _, let event) = report { ": \(event)" } else { "" }
  }
}
