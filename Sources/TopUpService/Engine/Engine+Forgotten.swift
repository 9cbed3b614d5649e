internal import TopUpCore

// What happened longer ago than the processor keeps its events stands in its lists. After a stop as long
// as that they are gone through at the start, so that an older copy of the store is known by what it
// lacks before it sends anything (invariant 50); what else they show is for the comparison (40).

extension Engine {
  /// - Parameter mark: how far the events were gone through.
  /// - Returns: whether the lists were gone through to their ends, by this pass and those before.
  func surveyForgotten(since mark: UnixTime) async throws(StoreError) -> Bool {
    var left =
      forgottenLeft ?? ForgottenLeft(since: mark.advanced(by: .zero - settings.eventsOverlap))
    for _ in 0..<settings.eventPagesMax {
      guard !isStopped else { return false }
      let next: Next
      switch left.list {
      case .payments: next = try await lostPayments(left)
      case .refunds: next = try await lostRefunds(left)
      case nil: return true
      }
      switch next {
      // What it is to go on after may be gone.
      case .refused:
        forgottenLeft = nil
        return false
      case .unanswered: return false
      case .after(let last): left.after = last
      case .end: (left.list, left.after) = (left.list?.next, nil)
      }
      forgottenLeft = left
    }
    passFailed("the lists go on after \(settings.eventPagesMax) pages")
    return false
  }

  /// What follows a page.
  private enum Next {
    case after(String)
    case end
    case unanswered
    case refused

    init<Value>(without answer: OutsideResult<Value>) {
      self = if case .refused = answer { .refused } else { .unanswered }
    }
  }

  private func lostPayments(_ left: ForgottenLeft) async throws(StoreError) -> Next {
    let answer = await outside.processor.intents(since: left.since, after: left.after)
    guard let page = heard(answer, from: "the payments") else { return Next(without: answer) }
    for intent in page.elements {
      if let reason = try lost(intent) { try await stopBehind(reason) }
    }
    return page.next.map { .after($0) } ?? .end
  }

  private func lostRefunds(_ left: ForgottenLeft) async throws(StoreError) -> Next {
    let answer = await outside.processor.reversedIntents(
      by: .refund, since: left.since, after: left.after)
    guard let page = heard(answer, from: "the refunds") else { return Next(without: answer) }
    for intent in page.elements where !refundsLooked.contains(intent) {
      switch try await lostRefund(of: intent) {
      case .notAsked, .none: break
      case .unanswered: return .unanswered
      case .found(let reason): try await stopBehind(reason)
      }
      refundsLooked.insert(intent)
    }
    return page.next.map { .after($0) } ?? .end
  }
}

/// Where the way through the processor's lists broke off.
struct ForgottenLeft {
  enum List {
    case payments
    case refunds

    var next: Self? { self == .payments ? .refunds : nil }
  }

  let since: UnixTime
  /// Nil where both were gone through.
  var list: List? = .payments
  /// The last element that was looked at.
  var after: String?
}
