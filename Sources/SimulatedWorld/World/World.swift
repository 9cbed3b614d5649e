import StrictJSON
package import TopUpCore

/// Everything outside the service: Stripe, the ramp, the chain with its node, and the network
/// between, on a clock that whoever holds it moves.
///
/// Requests go in by ``receive(_:by:now:)``; answers and webhooks come out of ``advance(to:)``.
/// Behind sockets the clock is the wall's, in the simulator it is virtual.
package struct World: Sendable {
  /// Names a request until it is answered.
  package typealias Ticket = UInt64

  /// How an exchange ends for the caller.
  package enum Reply: Sendable, Hashable {
    case response(HTTPResponse)
    /// The connection is cut without a byte.
    case cut
    /// Nothing ever comes.
    case silence
  }

  package enum Happening: Sendable {
    case reply(Ticket, Reply)
    /// To be POSTed to the service; ``settleWebhook(_:status:now:)`` is told how it went.
    case webhook(WebhookDelivery)
  }

  private enum Pending: Sendable {
    case arrival(Ticket, FaultRule.Service, HTTPRequest, [FaultRule.Action])
    case reply(Ticket, Reply)
  }

  package internal(set) var configuration: WorldConfiguration
  package internal(set) var stripe: SimulatedStripe
  package internal(set) var ramp: SimulatedRamp
  package internal(set) var chain: SimulatedChain
  package internal(set) var webhooks: WebhookQueue
  package private(set) var log = RequestLog()
  package var faults = FaultPlan()
  private var agenda = Agenda<Pending>()
  private var lastTicket: Ticket = 0
  /// How often the world was made anew; who waited for an answer before that gets none.
  package internal(set) var resets = 0

  package init(_ configuration: WorldConfiguration) {
    self.configuration = configuration
    stripe = SimulatedStripe(configuration.stripe)
    ramp = SimulatedRamp(configuration.ramp)
    chain = SimulatedChain(configuration.chain)
    webhooks = WebhookQueue(configuration.webhooks)
  }

  // MARK: Time

  /// The next moment at which something happens by itself.
  package var nextWake: UnixTime? {
    [
      agenda.next, stripe.nextWake, webhooks.nextWake, chain.nextWake, ramp.nextWake(chain),
    ].compactMap { $0 }.min()
  }

  /// Lets everything happen that is due, each thing at its own moment.
  package mutating func advance(to now: UnixTime) -> [Happening] {
    var happenings: [Happening] = []
    while let wake = nextWake, wake < now { step(to: wake, &happenings) }
    step(to: now, &happenings)
    return happenings
  }

  private mutating func step(to now: UnixTime, _ happenings: inout [Happening]) {
    advanceModels(to: now)
    while let (_, pending) = agenda.pop(until: now) {
      switch pending {
      case .reply(let ticket, let reply): happenings.append(.reply(ticket, reply))
      case .arrival(let ticket, let service, let request, let actions):
        handle(ticket, service, request, actions, now: now)
      }
    }
    happenings += webhooks.due(now: now).map { .webhook($0) }
  }

  /// Moves the models, and puts the events that came up on their way.
  mutating func advanceModels(to now: UnixTime) {
    chain.advance(to: now)
    ramp.advance(to: now, &chain)
    stripe.advance(to: now)
    for event in stripe.takeEvents() { webhooks.send(event, faults.disturbance(of: event)) }
  }

  // MARK: Requests

  /// Takes a request; its reply comes out of ``advance(to:)``, perhaps of the very next.
  package mutating func receive(
    _ request: HTTPRequest, by service: FaultRule.Service, now: UnixTime
  ) -> Ticket {
    lastTicket += 1
    let actions = faults.actions(for: request, to: service)
    let hold = actions.compactMap { if case .hold(let span) = $0 { span } else { nil } }.first
    agenda.put(
      .arrival(lastTicket, service, request, actions), at: now.advanced(by: hold ?? .zero))
    return lastTicket
  }

  /// Notes how the POST of a webhook ended; nil when there was no answer.
  package mutating func settleWebhook(_ id: UInt64, status: Int?, now: UnixTime) {
    if let event = webhooks.settle(id, status: status, now: now) { stripe.markDelivered(event) }
  }

  private mutating func handle(
    _ ticket: Ticket, _ service: FaultRule.Service, _ request: HTTPRequest,
    _ actions: [FaultRule.Action], now: UnixTime
  ) {
    for action in actions {
      guard let (reply, note) = Self.refusal(action, service) else { continue }
      return finish(ticket, service, request, reply, note: note, now: now, at: now)
    }
    var delay = Duration.zero
    var note: [String] = []
    var lost: Reply?
    for action in actions {
      switch action {
      case .delay(let span): delay = span
      case .dropAfter: (lost, note) = (.cut, note + ["answer lost"])
      case .hang: (lost, note) = (.silence, note + ["silent"])
      case .hold: note.append("held")
      case .failAfter: note.append("500 after it was done")
      case .processing, .risk, .decline, .order, .movePrice, .expireQuote, .lag:
        note.append("fault")
      case .dropBefore, .answer, .rateLimit, .webhook: break
      }
    }
    let response = answer(request, service, actions, takes: delay, now: now)
    advanceModels(to: now)
    if response.header("idempotent-replayed") != nil { note.append("replayed") }
    log.add(
      service, request, status: lost == nil ? response.status : nil,
      note: note.joined(separator: ", "), answer: response.body, now: now)
    agenda.put(.reply(ticket, lost ?? .response(response)), at: now.advanced(by: delay))
  }

  private mutating func finish(
    _ ticket: Ticket, _ service: FaultRule.Service, _ request: HTTPRequest, _ reply: Reply,
    note: String, now: UnixTime, at time: UnixTime
  ) {
    var (status, body) = (Int?.none, [UInt8]())
    if case .response(let response) = reply { (status, body) = (response.status, response.body) }
    log.add(service, request, status: status, note: note, answer: body, now: now)
    agenda.put(.reply(ticket, reply), at: time)
  }

  private mutating func answer(
    _ request: HTTPRequest, _ service: FaultRule.Service, _ actions: [FaultRule.Action],
    takes: Duration, now: UnixTime
  ) -> HTTPResponse {
    let fails = actions.contains(.failAfter)
    var response: HTTPResponse
    switch service {
    case .stripe:
      var disturbance = StripeDisturbance(takes: takes, failsAfterApplying: fails)
      for action in actions {
        if case .processing(let span) = action { disturbance.processing = span }
        if case .risk(let level) = action { disturbance.riskLevel = level }
        if case .decline(let code) = action { disturbance.declineCode = code }
      }
      return stripe.handle(request, now: now, disturbance: disturbance)
    case .ramp:
      var disturbance = RampDisturbance()
      for action in actions {
        switch action {
        case .order(let fate): disturbance.fate = fate
        case .movePrice(let points): disturbance.priceBasisPoints += points
        case .expireQuote: disturbance.expiresQuote = true
        default: break
        }
      }
      response = ramp.handle(request, now: now, disturbance: disturbance)
    case .node:
      let lags = actions.compactMap { if case .lag(let blocks) = $0 { blocks } else { nil } }
      response = SimulatedNode.handle(request, chain: chain, lag: lags.first ?? 0)
    case .webhook: response = HTTPResponse(status: 404)
    }
    if fails { response = HTTPResponse(status: 500, body: Array("internal error".utf8)) }
    return response
  }

  /// The reply of a fault that keeps the request from being handled at all.
  private static func refusal(
    _ action: FaultRule.Action, _ service: FaultRule.Service
  ) -> (Reply, note: String)? {
    switch action {
    case .dropBefore: return (.cut, "cut before it was handled")
    case .answer(let status, let body):
      return (.response(HTTPResponse(status: status, body: Array(body.utf8))), "scripted")
    case .rateLimit(let seconds):
      var response: HTTPResponse
      switch service {
      case .stripe, .webhook:
        let failure = StripeFailure(
          429, .invalidRequest, code: "rate_limit", "Too many requests; slow down.")
        response = .json(failure.json(requestID: "req_rate_limited"), status: 429)
        response.headers.append(HTTPField("stripe-rate-limited-reason", "global-rate"))
      case .ramp:
        response =
          RampFailure(.rateLimited, "slow down", retryAfter: .seconds(seconds)).response
      case .node: response = HTTPResponse(status: 429)
      }
      response.headers.append(HTTPField("retry-after", String(seconds)))
      return (.response(response), "rate limited")
    default: return nil
    }
  }
}
