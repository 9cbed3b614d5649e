internal import StrictJSON
package import TopUpCore

/// A ramp that speaks `docs/ramp-contract.md`, over any HTTP transport. Keeps no state and repeats
/// nothing.
package struct RampClient: Ramp {
  private let configuration: RampConfiguration
  private let transport: any HTTPTransport

  package init(_ configuration: RampConfiguration, over transport: any HTTPTransport) {
    self.configuration = configuration
    self.transport = transport
  }

  package func capabilities() async -> OutsideResult<RampCapabilities> {
    await call(.get, ["capabilities"], RampReader.capabilities)
  }

  package func quote(_ request: QuoteRequest) async -> OutsideResult<Quote> {
    var body = JSONObject()
    switch request.side {
    case .fiat(let money):
      body["side"] = "fiat"
      body["currency"] = .string(money.currency.code)
      body["minor_amount"] = .integer(money.minorUnits)
    case .tokens(let planck, let currency):
      body["side"] = "tokens"
      body["currency"] = .string(currency.code)
      body["planck"] = .string(planck.decimal)
    }
    body["cluster_id"] = .string(Hex.prefixedText(request.cluster.bytes))
    return await call(.post, ["quotes"], body: .object(body)) { json throws(Unreadable) in
      try RampReader.quote(json, for: request)
    }
  }

  package func createOrder(_ request: CreateOrder) async -> OutsideResult<RampOrder> {
    let body: JSON = [
      "client_order_id": .string(request.id.rawValue),
      "quote_id": .string(request.quote.rawValue),
      "destination": [
        "cluster_id": .string(Hex.prefixedText(request.destination.cluster.bytes)),
        "owner": .string(Hex.prefixedText(request.destination.owner.bytes)),
      ],
      "planck": .string(request.tokens.decimal),
      "payment_reference": .string(request.paymentReference),
    ]
    return await call(.post, ["orders"], body: body) { json throws(Unreadable) in
      let order = try Self.order(json, is: request.id)
      guard order.ordered == request.tokens else { throw Unreadable("an order of another amount") }
      return order
    }
  }

  package func order(_ id: ClientOrderID) async -> OutsideResult<RampOrder> {
    await call(.get, ["orders", id.rawValue]) { json throws(Unreadable) in
      try Self.order(json, is: id)
    }
  }

  package func cancelOrder(_ id: ClientOrderID) async -> OutsideResult<RampOrder> {
    await call(.post, ["orders", id.rawValue, "cancel"]) { json throws(Unreadable) in
      try Self.order(json, is: id)
    }
  }

  package func orders(after cursor: String?, limit: Int) async -> OutsideResult<RampOrderPage> {
    let cursor = cursor.map { "cursor=\(PercentEncoding.encode($0))&" } ?? ""
    return await call(.get, ["orders"], query: "?\(cursor)limit=\(limit)", RampReader.orders)
  }

  package func health() async -> OutsideResult<RampHealth> {
    await call(.get, ["health"], RampReader.health)
  }

  // MARK: One call

  private static func order(
    _ json: JSON, is id: ClientOrderID
  ) throws(Unreadable) -> RampOrder {
    let order = try RampReader.order(json)
    guard order.id == id else { throw Unreadable("another order") }
    return order
  }

  private func call<Value>(
    _ method: HTTPRequest.Method, _ path: [String], query: String = "", body: JSON? = nil,
    _ read: (JSON) throws(Unreadable) -> Value
  ) async -> OutsideResult<Value> {
    guard let path = PercentEncoding.path(["v1"] + path) else {
      return .refused(
        Refusal(.invalid, code: "unsendable_id", message: "an id that no request can name"))
    }
    var request = HTTPRequest(
      method, configuration.baseURL + path + query,
      headers: [HTTPField("Authorization", "Bearer \(configuration.key.reveal())")],
      timeout: method == .get ? configuration.readTimeout : configuration.writeTimeout)
    if let body {
      request.headers.append(HTTPField("Content-Type", "application/json"))
      request.body = body.utf8
    }
    switch await transport.send(request) {
    case .response(let response):
      switch RampAnswer(response) {
      case .object(let json):
        do throws(Unreadable) {
          return .answered(try read(json))
        } catch {
          return .unknown("\(error)")
        }
      case .refused(let refusal): return .refused(refusal)
      case .unknown(let reason): return .unknown(reason)
      }
    case .notSent(let reason): return .notSent(reason)
    case .unknown(let reason): return .unknown(reason)
    }
  }
}
