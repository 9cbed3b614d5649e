import Gateways
import SimulatedWorld
import TopUpCore

/// Holds a call that is about to leave against what is durable at that moment (invariants 12, 13).
struct CallCheck {
  private let auditor: Auditor

  init(_ auditor: Auditor) { self.auditor = auditor }

  func check(_ request: HTTPRequest, _ service: FaultRule.Service, by replica: Replica) {
    guard request.method == .post else { return }
    let path = request.url.split(separator: "/").dropFirst(2).map { String($0) }
    switch (service, path.count) {
    case (.stripe, 4) where path[1] == "payment_intents" && path[3] == "confirm":
      confirmed(PaymentIntentID(path[2]), replica)
    case (.stripe, 2) where path[1] == "payment_intents": created(request)
    default: break
    }
  }

  /// The same attempt goes out under the same key, whenever it does (invariants 14, 15).
  private func created(_ request: HTTPRequest) {
    let fields = String(decoding: request.body, as: UTF8.self).split(separator: "&")
    let attempt = fields.filter { $0.hasPrefix("metadata") }.sorted().joined(separator: "&")
    let keys = request.headers.filter { $0.name.lowercased() == "idempotency-key" }.map(\.value)
    guard let key = keys.first, keys.count == 1 else {
      return auditor.violate("14", "an intent is created under \(keys.count) keys")
    }
    auditor.attemptWasSent(attempt, key: key)
  }

  /// Only the intent that a row holds is confirmed (invariants 13, 16).
  private func confirmed(_ intent: PaymentIntentID, _ replica: Replica) {
    let holder = auditor.topUps.values.first { $0.attempts.contains { $0.intent == intent } }
    guard let holder else {
      return auditor.violate("13", "\(intent) is confirmed and no row holds it")
    }
    auditor.isConfirmed(holder)
    guard let attempt = holder.attempts.first(where: { $0.intent == intent }) else { return }
    if attempt.number != holder.attempts.count {
      auditor.violate("16", "\(intent) of an older attempt of \(holder.id) is confirmed")
    }
  }
}
