internal import StrictJSON
internal import TopUpCore

/// Reads the ramp's objects and checks what they say against themselves.
/// - Source: `docs/ramp-contract.md`.
enum RampReader {
  static func capabilities(_ json: JSON) throws(Unreadable) -> RampCapabilities {
    var currencies: [Currency] = []
    var fixed: [Currency: Int64] = [:]
    let fees = json["fee_fixed_minor"] ?? [:]
    for code in try json.elements("currencies").compactMap(\.string) {
      // One that cards are not charged in here is of no use.
      guard let currency = Currency(code: code), currency.code == code else { continue }
      currencies.append(currency)
      fixed[currency] = try fees.integer(code, in: 0...Self.minorUnitsMax)
    }
    let minimum = try json.planck("min_planck")
    let maximum = try json.planck("max_planck")
    guard minimum <= maximum else { throw Unreadable("min_planck above max_planck") }
    return RampCapabilities(
      currencies: currencies, minimum: minimum, maximum: maximum,
      feeBasisPoints: try json.integer("fee_basis_points", in: 0...10_000),
      feeFixedMinorUnits: fixed,
      quoteLifetime: .milliseconds(try json.integer("quote_ttl_ms", in: 1...86_400_000)),
      supportsCancel: try json.flag("supports_cancel"))
  }

  /// - Parameter request: what the quote must answer.
  static func quote(_ json: JSON, for request: QuoteRequest) throws(Unreadable) -> Quote {
    let currency = try json.currency("currency")
    func money(_ name: String) throws(Unreadable) -> Money {
      Money(minorUnits: try json.integer(name, in: 0...Self.minorUnitsMax), currency)
    }
    let quote = Quote(
      id: QuoteID(try json.word("id")), rateNano: try json.integer("rate_nano", in: 1...Int64.max),
      gross: try money("gross_minor"), fee: try money("fee_minor"), net: try money("net_minor"),
      tokens: try json.planck("planck"), created: try json.milliseconds("created_ms"),
      expires: try json.milliseconds("expires_ms"))
    if let fault = quote.fault { throw Unreadable(Self.words(fault)) }
    switch request.side {
    case .fiat(let gross):
      guard quote.gross == gross else { throw Unreadable("a quote for another amount") }
    case .tokens(let tokens, let currency):
      guard quote.gross.currency == currency, quote.tokens >= tokens else {
        throw Unreadable("a quote for another amount")
      }
    }
    return quote
  }

  static func order(_ json: JSON) throws(Unreadable) -> RampOrder {
    let state = state(try json.word("state"))
    let evidence = try evidence(json)
    // Both states say that a block holds the deposit: then it can be named.
    guard evidence != nil || ![.inBlock, .completed].contains(state) else {
      throw Unreadable("an order in a block that is not named")
    }
    return RampOrder(
      id: ClientOrderID(try json.word("client_order_id")), state: state,
      version: try json.integer("version", in: 0...Int64.max), ordered: try json.planck("planck"),
      credited: try json.planck("planck_credited"), evidence: evidence,
      existentialSkim: try json.flag("ed_skim"), reason: json.optionalWord("reason"),
      // A word that is not known says as much as `unknown`: nothing is refunded on it.
      fundsMoved: RampOrder.FundsMoved(rawValue: try json.word("funds_moved")) ?? .unknown,
      updated: try json.milliseconds("updated_ms"))
  }

  static func orders(_ json: JSON) throws(Unreadable) -> RampOrderPage {
    var page = RampOrderPage(orders: [], cursor: json.optionalWord("cursor"))
    for element in try json.elements("orders") {
      do throws(Unreadable) {
        page.orders.append(try order(element))
      } catch {
        // Somebody else's is no reason to be blind for our own.
        guard let id = element.optionalWord("client_order_id"), ClientOrderID(id).parts == nil
        else { throw error }
        page.skipped += 1
      }
    }
    return page
  }

  static func health(_ json: JSON) throws(Unreadable) -> RampHealth {
    RampHealth(isHealthy: try json.flag("healthy"), headroom: try json.planck("headroom_planck"))
  }

  // MARK: Parts

  /// A billion units of the currencies with two decimals: more is a mistake of units.
  private static let minorUnitsMax: Int64 = 100_000_000_000

  /// A price that does not add up is no price.
  private static func words(_ fault: Quote.Fault) -> String {
    switch fault {
    case .currencies: "a quote in several currencies"
    case .amounts: "a quote whose amounts do not add up"
    case .rate: "a quote without a rate"
    case .tokens: "a quote whose tokens are not its rate's"
    case .times: "a quote that was never good"
    }
  }

  private static func evidence(_ json: JSON) throws(Unreadable) -> ChainEvidence? {
    guard let transaction = json["tx"] else { return nil }
    return ChainEvidence(
      extrinsicHash: try transaction.hash("extrinsic_hash"),
      blockHash: try transaction.hash("block_hash"),
      blockNumber: UInt64(try transaction.integer("block_number", in: 0...Int64.max)),
      eventIndex: UInt32(try transaction.integer("event_index", in: 0...Int64(UInt32.max))))
  }

  private static func state(_ text: String) -> RampOrder.State {
    switch text {
    case "ACCEPTED": .accepted
    case "SUBMITTED": .submitted
    case "IN_BLOCK": .inBlock
    case "COMPLETED": .completed
    case "ON_HOLD": .onHold
    case "PARTIAL": .partial
    case "FAILED": .failed
    case "CANCELLED": .cancelled
    case "EXPIRED": .expired
    case "RETURNED": .returned
    default: .unrecognised(text)
    }
  }
}
