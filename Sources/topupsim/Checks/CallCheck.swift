import Gateways
import SimulatedWorld
import StrictJSON
import TopUpCore

/// Holds a call that is about to leave against what is durable at that moment, and notes what calls
/// have told.
struct CallCheck {
  /// No answer is held for longer on its way.
  private static let answerMax = Duration.seconds(3 * 3_600)

  private let auditor: Auditor
  private let wire: OutsideWire

  init(_ auditor: Auditor, _ wire: OutsideWire) {
    self.auditor = auditor
    self.wire = wire
  }

  /// The parts of a URL's path, the version first: `v1`, `orders`, `tu_…:1`.
  private static func path(of request: HTTPRequest) -> [Substring] {
    let url = request.url.prefix { $0 != "?" }
    return Array(url.split(separator: "/").dropFirst(2))
  }

  // MARK: Before it leaves

  func check(_ request: HTTPRequest, _ service: FaultRule.Service, of process: DiskProcess) {
    if process.transactions > 0 {
      auditor.violate("31", "\(request.url) is called within a transaction of the store")
    }
    let path = Self.path(of: request)
    if service == .stripe { auditor.note(auditor.askBook.sends(request, path, of: process.number)) }
    guard request.method == .post else { return }
    if path.count > 1, ["payment_intents", "refunds", "orders"].contains(path[1]) {
      auditor.sends(request.url)
    }
    switch (service, path.count) {
    case (.stripe, 4) where path[1] == "payment_intents" && path[3] == "confirm":
      confirmed(PaymentIntentID(String(path[2])))
    case (.stripe, 2) where path[1] == "payment_intents": created(request)
    case (.stripe, 2) where path[1] == "refunds":
      guard let topUp = topUp(in: Self.fields(of: request)) else {
        return auditor.violate("12", "a refund of no top-up that a row holds")
      }
      auditor.note(auditor.orderBook.refunds(topUp, wire.world))
    case (.ramp, 2) where path[1] == "orders":
      auditor.orderIsSent(request, wire.world)
      ordered(request)
    default: break
    }
  }

  /// The fields of a form, by their names as they are encoded.
  private static func fields(of request: HTTPRequest) -> [Substring: Substring] {
    let body = String(decoding: request.body, as: UTF8.self)
    return Dictionary(
      body.split(separator: "&").compactMap { pair in
        pair.firstIndex(of: "=").map { (pair[..<$0], pair[pair.index(after: $0)...]) }
      }, uniquingKeysWith: { first, _ in first })
  }

  private func topUp(in fields: [Substring: Substring]) -> TopUp? {
    fields["metadata%5Btopup_id%5D"].flatMap { auditor.topUps[TopUpID(String($0))] }
  }

  /// The same attempt goes out under the same key, whenever it does (invariants 14, 15), and the next
  /// card only after the last one's intent was seen canceled (invariants 13, 20, 21).
  private func created(_ request: HTTPRequest) {
    let fields = Self.fields(of: request)
    let attempt = fields.filter { $0.key.hasPrefix("metadata") }.map { "\($0.key)=\($0.value)" }
    let keys = request.headers.filter { $0.name.lowercased() == "idempotency-key" }.map(\.value)
    guard let key = keys.first, keys.count == 1 else {
      return auditor.violate("14", "an intent is created under \(keys.count) keys")
    }
    auditor.attemptWasSent(attempt.sorted().joined(separator: "&"), key: key)
    guard let topUp = topUp(in: fields) else {
      return auditor.violate("12", "an intent is created for no top-up that a row holds")
    }
    guard let number = fields["metadata%5Battempt%5D"].flatMap({ Int($0) }),
      let row = topUp.attempts.first(where: { $0.number == number })
    else {
      return auditor.violate("12", "an intent of \(topUp.id) is created, and no row of it is")
    }
    if fields["payment_method"].map(String.init) != row.card.id.rawValue
      || fields["amount"].map(String.init) != "\(topUp.amount.minorUnits)"
    {
      auditor.violate("12", "the intent of \(topUp.id) differs from its row")
    }
    let payments = wire.payments
    for earlier in topUp.attempts where earlier.number < number {
      guard let intent = earlier.intent,
        let payment = payments.first(where: { $0.intent == intent.rawValue })
      else { continue }
      if payment.standing != .canceled {
        auditor.violate("13, 20", "the next card of \(topUp.id), and \(intent) is not canceled")
      }
    }
  }

  /// Nothing is ordered for a charge that its rule holds: not while its card is new, nor while its risk
  /// is nobody's decision, nor once it is to be given back (facts/stripe §7).
  private func ordered(_ request: HTTPRequest) {
    guard let body = try? JSON(parsing: request.body),
      let order = body["client_order_id"]?.string,
      let topUp = auditor.topUps[TopUpID(String(order.prefix { $0 != ":" }))]
    else { return auditor.violate("12", "an order of no top-up that is recorded") }
    let phase = topUp.hold?.phase
    // Resumed by a person, it is held by its rule again.
    if phase == .refused, topUp.resumed == nil {
      auditor.violate("32", "\(order) goes out, and was refused")
    }
    if phase == .waived, auditor.wasLetGo(topUp.id) { return }
    let payments = wire.payments
    guard
      let charge = payments.first(where: {
        $0.topUp == topUp.id.rawValue && $0.standing == .succeeded
      })?.charge
    else { return auditor.violate("32", "\(order) goes out, and nothing was charged") }
    namedAfterUs(charge.customer, for: topUp, since: charge.created)
    // A clock is held against the processor's every ten minutes, and may be a minute off.
    let now = wire.now.advanced(by: .seconds(900))
    let rule = topUp.holdRule
    if let least = rule.risk, RiskLevel(processor: charge.risk) >= least,
      rule.riskSpan.map({ now < charge.created.advanced(by: $0) }) ?? true
    {
      auditor.violate("hold", "\(order) goes out, and its charge's risk is \(charge.risk)")
    }
    let first = payments.compactMap { payment in
      payment.standing == .succeeded && payment.charge?.customer == charge.customer
        && payment.charge?.fingerprint == charge.fingerprint ? payment.charge?.created : nil
    }.min()
    if now < (first ?? charge.created).advanced(by: rule.newCard ?? .zero) {
      auditor.violate("hold", "\(order) goes out, and its card paid first at \(first as Any)")
    }
  }

  /// Nobody is charged who bears another store's name, nor is anything delivered for it: whatever this
  /// one has asked since would have shown it (invariant 50).
  ///
  /// - Parameter asked: when something was made there whose answer shows whose name it is.
  private func namedAfterUs(_ customer: String?, for topUp: TopUp, since asked: UnixTime) {
    guard let customer, let store = wire.world.store(of: customer),
      let since = auditor.isShared(customer, with: store),
      asked > since || wire.now.since(since) > Self.answerMax
    else { return }
    auditor.violate("50", "\(topUp.id) goes on, and \(customer) is \(store)'s since \(since)")
  }

  /// Only the intent that a row holds is confirmed (invariants 13, 16).
  private func confirmed(_ intent: PaymentIntentID) {
    let holder = auditor.topUps.values.first { $0.attempts.contains { $0.intent == intent } }
    guard let holder else {
      return auditor.violate("13", "\(intent) is confirmed and no row holds it")
    }
    guard let attempt = holder.attempts.first(where: { $0.intent == intent }) else { return }
    auditor.isConfirmed(holder, intent, attempt)
    if let (customer, created) = wire.world.customer(of: intent.rawValue) {
      namedAfterUs(customer, for: holder, since: created)
    }
    if attempt.number != holder.attempts.count {
      auditor.violate("16", "\(intent) of an older attempt of \(holder.id) is confirmed")
    }
  }

  // MARK: After it

  func ended(_ request: HTTPRequest, _ service: FaultRule.Service, _ outcome: HTTPOutcome) {
    let path = Self.path(of: request)
    switch service {
    case .ramp: auditor.orderBook.ended(request, path, outcome)
    case .stripe where request.method == .get && path.count == 3 && path[1] == "payment_intents":
      auditor.orderBook.wasRead(
        PaymentIntentID(String(path[2])), outcome, { wire.payments }, now: wire.now)
    case .stripe, .node, .webhook: break
    }
    if service == .stripe { auditor.askBook.ended(request, path, outcome) }
  }
}
