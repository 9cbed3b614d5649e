import StrictJSON
package import TopUpCore

/// A model of one Stripe account in test mode, harsher than Stripe.
///
/// No clock and no network: a request and the time go in, a response comes out, events pile up
/// for whoever delivers them, and what happens later happens when time is moved.
package struct SimulatedStripe: Sendable {
  package var configuration: StripeConfiguration
  var generator: SeededGenerator
  var idempotency = IdempotencyTable()
  var customers = Shelf<StripeCustomer>()
  var methods = Shelf<StripePaymentMethod>()
  var setups = Shelf<StripeSetupIntent>()
  var intents = Shelf<StripeIntent>()
  var charges = Shelf<StripeCharge>()
  var refunds = Shelf<StripeRefund>()
  var disputes = Shelf<StripeDispute>()
  var transactions = Shelf<StripeBalanceTransaction>()
  var events = Shelf<StripeEvent>()
  /// Events that nobody has taken for delivery yet.
  var undelivered: [StripeEvent] = []
  var agenda = Agenda<Job>()
  /// Intents by the top-up that their metadata names.
  var intentsByTopUp: [String: [String]] = [:]
  /// What a correct client never does, though Stripe lets it: tests want none of these.
  package internal(set) var oddities: [String] = []

  /// What happens later without anybody's request.
  enum Job: Sendable {
    case settle(charge: String)
    case finish(intent: String)
    case endRefund(String)
    case dispute(charge: String, TestCard.DisputeKind)
    case warnOfFraud(charge: String)
  }

  package init(_ configuration: StripeConfiguration) {
    self.configuration = configuration
    generator = SeededGenerator(seed: configuration.seed)
  }

  /// The next moment at which something happens by itself.
  package var nextWake: UnixTime? { agenda.next }

  /// Lets everything happen that is due.
  package mutating func advance(to now: UnixTime) {
    while let (time, job) = agenda.pop(until: now) {
      let call = StripeCall(requestID: nil, key: nil, now: time, parameters: Parameters([:]))
      switch job {
      case .settle(let charge): settle(charge, call)
      case .finish(let intent): finishProcessing(intent, call)
      case .endRefund(let id): endRefund(id, call)
      case .dispute(let charge, let kind): _ = openDispute(of: charge, kind, call)
      case .warnOfFraud(let charge): warnOfFraud(charge, call)
      }
    }
  }

  /// Hands over the events that came up since the last time, oldest first.
  package mutating func takeEvents() -> [StripeEvent] {
    defer { undelivered = [] }
    return undelivered
  }

  /// Notes that the endpoint took an event.
  package mutating func markDelivered(_ event: String) {
    events.update(event) { $0.isDelivered = true }
  }

  /// Forgets every idempotency key, as a day does.
  package mutating func forgetKeys() { idempotency.forgetAll() }

  // MARK: Requests

  /// Answers one request.
  package mutating func handle(
    _ request: HTTPRequest, now: UnixTime, disturbance: StripeDisturbance = .none
  ) -> HTTPResponse {
    advance(to: now)
    let requestID = "req_" + generator.token(length: 14)
    var response: HTTPResponse
    do throws(StripeFailure) {
      response = try answer(request, requestID: requestID, now: now, disturbance)
    } catch {
      response = .json(error.json(requestID: requestID), status: error.status)
      if error.code == "idempotency_key_in_use" {
        response.headers.append(HTTPField("stripe-should-retry", "true"))
      }
    }
    if !response.headers.contains(where: { $0.name == "request-id" }) {
      response.headers.append(HTTPField("request-id", requestID))
    }
    response.headers.append(HTTPField("date", HTTPDate.text(now)))
    response.headers.append(HTTPField("stripe-version", configuration.apiVersion))
    return response
  }

  private mutating func answer(
    _ request: HTTPRequest, requestID: String, now: UnixTime, _ disturbance: StripeDisturbance
  ) throws(StripeFailure) -> HTTPResponse {
    try authenticate(request)
    guard let target = RequestTarget(url: request.url),
      let endpoint = StripeEndpoint(request.method, target.segments)
    else {
      throw StripeFailure(
        404, .invalidRequest, code: nil,
        "Unrecognized request URL (\(request.method.rawValue): \(request.url)).")
    }
    let parameters = try parameters(of: request, target)
    let key = request.method == .post ? try idempotencyKey(of: request) : nil
    let fingerprint = IdempotencyTable.Fingerprint(
      endpoint: "\(request.method.rawValue) \(target.path)", parameters: parameters)
    if let key {
      if let replay = try replay(key, fingerprint, now: now) { return replay }
    }
    try endpoint.schema.check(parameters)
    let call = StripeCall(
      requestID: requestID, key: key, now: now, parameters: Parameters(parameters),
      processing: disturbance.processing, riskLevel: disturbance.riskLevel,
      decline: disturbance.declineCode.map { CardDecline(byCode: $0) })
    // From here on the endpoint executes: whatever it answers stands for the key.
    var response: HTTPResponse
    do throws(StripeFailure) {
      let body = try execute(endpoint, call)
      response = .json(try expand(body, call.parameters.texts("expand"), now: now))
    } catch {
      response = .json(error.json(requestID: requestID), status: error.status)
    }
    if disturbance.failsAfterApplying {
      let failure = StripeFailure(500, .api, code: nil, "Something went wrong on Stripe's end.")
      response = .json(failure.json(requestID: requestID), status: 500)
    }
    response.headers.append(HTTPField("request-id", requestID))
    if let key {
      response.headers.append(HTTPField("idempotency-key", key))
      idempotency.keep(
        response, for: key, fingerprint, now: now, runsUntil: now.advanced(by: disturbance.takes))
    }
    return response
  }

  private mutating func replay(
    _ key: String, _ fingerprint: IdempotencyTable.Fingerprint, now: UnixTime
  ) throws(StripeFailure) -> HTTPResponse? {
    switch idempotency.look(up: key, fingerprint, now: now) {
    case .new: return nil
    case .replay(var response):
      response.headers.append(HTTPField("idempotent-replayed", "true"))
      return response
    case .inUse:
      throw StripeFailure(
        409, .idempotency, code: "idempotency_key_in_use",
        "There is currently another in-progress request using this Idempotent Key.")
    case .otherParameters(let endpoint):
      throw StripeFailure(
        400, .idempotency, code: nil,
        "Keys for idempotent requests can only be used with the same parameters they were "
          + "first used with (\(endpoint)).")
    }
  }

  // MARK: The request's frame

  private func authenticate(_ request: HTTPRequest) throws(StripeFailure) {
    let fields = request.values(of: "authorization")
    guard fields.count == 1, let field = fields.first, field.hasPrefix("Bearer "),
      configuration.keys.contains(String(field.dropFirst("Bearer ".count)))
    else {
      throw StripeFailure(
        401, .invalidRequest, code: nil,
        "Invalid API Key provided, or none: send `Authorization: Bearer <key>`.")
    }
    let versions = request.values(of: "stripe-version")
    guard versions == [configuration.apiVersion] else {
      throw .invalid(
        nil, "Send exactly one Stripe-Version, \(configuration.apiVersion); got \(versions).")
    }
  }

  private func parameters(
    of request: HTTPRequest, _ target: RequestTarget
  ) throws(StripeFailure) -> [String: FormValue] {
    var encoded = target.query
    if request.method == .post {
      let type = request.values(of: "content-type").first ?? ""
      guard type.lowercased().hasPrefix("application/x-www-form-urlencoded") else {
        throw .invalid(nil, "Send every POST as application/x-www-form-urlencoded.")
      }
      guard encoded.isEmpty else {
        throw .invalid(nil, "Parameters of a POST belong in its body.")
      }
      guard let body = String(validating: request.body, as: UTF8.self) else {
        throw .invalid(nil, "Invalid request body: not UTF-8.")
      }
      encoded = body
    } else if !request.body.isEmpty {
      throw .invalid(nil, "A \(request.method.rawValue) has no body.")
    }
    do throws(FormError) {
      return try FormValue.parse(encoded)
    } catch {
      throw .invalid(nil, "Invalid form data: \(error.reason)", param: error.name)
    }
  }

  private func idempotencyKey(of request: HTTPRequest) throws(StripeFailure) -> String? {
    let keys = request.values(of: "idempotency-key")
    guard let key = keys.first else {
      guard !configuration.requiresIdempotencyKeys else {
        throw .invalid(nil, "Send an Idempotency-Key with every POST: this stand-in insists.")
      }
      return nil
    }
    guard keys.count == 1, (1...255).contains(key.count) else {
      throw StripeFailure(
        400, .idempotency, code: nil, "Send one Idempotency-Key of 1 to 255 characters.")
    }
    return key
  }
}
