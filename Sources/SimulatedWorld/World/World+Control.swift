import StrictJSON
package import TopUpCore

/// The control endpoint: what the people and the accidents of this world do, by JSON.
extension World {
  private struct Refusal: Error {
    var message: String
    var status = 400
  }

  /// Answers one control request, `GET` or `POST /control/…`.
  package mutating func control(_ request: HTTPRequest, now: UnixTime) -> HTTPResponse {
    advanceModels(to: now)
    do throws(Refusal) {
      let answer = try steer(request, now: now)
      advanceModels(to: now)
      return .json(answer)
    } catch {
      return .json(["error": .string(error.message)], status: error.status)
    }
  }

  private mutating func steer(_ request: HTTPRequest, now: UnixTime) throws(Refusal) -> JSON {
    guard let target = RequestTarget(url: request.url), target.segments.first == "control" else {
      throw Refusal(message: "no such path", status: 404)
    }
    let asked = Parameters((try? FormValue.parse(target.query)) ?? [:])
    let path = target.segments.dropFirst().joined(separator: "/")
    switch (request.method, path) {
    case (.get, "health"): return ["ok": true]
    case (.get, "stats"): return statistics
    case (.get, "faults"): return faultCounts
    case (.get, "cards"): return cards(of: asked.text("customer"))
    case (.get, "requests"):
      return requests(
        service: asked.text("service"), endpoint: asked.text("endpoint"),
        limit: Int(asked.integer("limit").map { max(0, min($0, 10_000)) } ?? 100))
    case (.post, "cards"): return cards(of: try body(request)["customer"]?.string)
    case (.post, "reset"):
      configuration.chain.started = now
      let resets = resets + 1
      self = World(configuration)
      self.resets = resets
      return ["ok": true]
    case (.post, "faults"):
      do throws(FaultScript) {
        faults = try FaultScript.plan(from: try Self.parsed(request))
      } catch {
        throw Refusal(message: error.message)
      }
      return ["rules": .integer(faults.rules.count)]
    case (.post, "chain"): return try steerChain(try body(request), now: now)
    case (.post, "ramp"): return try steerRamp(try body(request), now: now)
    case (.post, let path) where path.hasPrefix("stripe/"):
      return try steerStripe(String(path.dropFirst("stripe/".count)), try body(request), now: now)
    default: throw Refusal(message: "no such path", status: 404)
    }
  }

  private var faultCounts: JSON {
    .array(
      faults.rules.indices.map { index in
        [
          "rule": .integer(index), "matched": .integer(faults.matched[index]),
          "applied": .integer(faults.applied[index]),
        ]
      })
  }

  // MARK: Stripe's people

  private mutating func steerStripe(
    _ verb: String, _ body: JSON, now: UnixTime
  ) throws(Refusal) -> JSON {
    do throws(SimulatedStripe.PersonError) {
      switch verb {
      case "authenticate":
        return try stripe.authenticate(
          body["intent"]?.string ?? "", succeeds: body["succeeds"]?.bool ?? true, now: now)
      case "card":
        return try stripe.typeCard(
          body["number"]?.string ?? "", for: body["setup_intent"]?.string ?? "", now: now)
      case "dispute":
        return try stripe.dispute(
          body["intent"]?.string ?? body["charge"]?.string ?? "",
          reason: body["reason"]?.string ?? "fraudulent", now: now)
      case "fraud_warning":
        return try stripe.warnOfFraud(
          body["intent"]?.string ?? body["charge"]?.string ?? "", now: now)
      case "decide_dispute":
        return try stripe.decideDispute(
          body["dispute"]?.string ?? "", won: body["won"]?.bool ?? false, now: now)
      case "refund":
        return try stripe.refundInDashboard(
          body["intent"]?.string ?? "", amount: body["amount"]?.int64, now: now)
      case "expire":
        return try stripe.expire(
          body["payment_method"]?.string ?? "", month: body["month"]?.int64 ?? 1,
          year: body["year"]?.int64 ?? 2024, now: now)
      case "payout":
        return try stripe.payOut(
          amount: body["amount"]?.int64 ?? 0, currency: body["currency"]?.string ?? "usd", now: now)
      case "repeat_event":
        guard let again = stripe.repeatEvent(body["event"]?.string ?? "") else {
          throw SimulatedStripe.PersonError(message: "no such event")
        }
        return ["event": .string(again)]
      case "cancel_refund":
        return try stripe.cancelRefund(body["refund"]?.string ?? "", now: now)
      case "name_customer":
        return try stripe.nameCustomer(
          body["customer"]?.string ?? "", after: body["store"]?.string ?? "", now: now)
      case "forget_keys":
        stripe.forgetKeys()
        return ["ok": true]
      default: throw SimulatedStripe.PersonError(message: "no such path")
      }
    } catch {
      throw Refusal(message: error.message)
    }
  }

  // MARK: Chain and ramp

  private mutating func steerChain(_ body: JSON, now: UnixTime) throws(Refusal) -> JSON {
    if let depth = body["fork"]?.int64 {
      guard depth > 0 else { throw Refusal(message: "fork is a depth in blocks") }
      return ["forked": .integer(chain.fork(depth: UInt64(depth), now: now))]
    }
    if let isStalled = body["stall_finality"]?.bool {
      chain.stallFinality(isStalled, now: now)
      return ["stalled": .bool(isStalled)]
    }
    let account = try Self.account(body)
    let call: ChainCall
    if let active = body["set_active"]?.string.flatMap({ Planck(decimal: $0) }) {
      call = .setActive(account, active)
    } else if let due = body["burn"]?.string.flatMap({ Planck(decimal: $0) }) {
      call = .charge(account, due)
    } else if let value = body["deposit"]?.string.flatMap({ Planck(decimal: $0) }) {
      call = .deposit(account, value)
    } else {
      throw Refusal(
        message: "send fork, stall_finality, or an account with set_active, burn or deposit "
          + "in planck as decimal text")
    }
    _ = chain.submit(call, now: now)
    return ["block": .integer(chain.best + 1)]
  }

  private mutating func steerRamp(_ body: JSON, now: UnixTime) throws(Refusal) -> JSON {
    if let treasury = body["treasury_planck"]?.string {
      guard let amount = Planck(decimal: treasury) else {
        throw Refusal(message: "treasury_planck is decimal text")
      }
      ramp.treasury = amount
    }
    if let isHealthy = body["healthy"]?.bool { ramp.isHealthy = isHealthy }
    if let order = body["release"]?.string {
      guard ramp.release(order, now: now, &chain) else {
        throw Refusal(message: "\(order) is not on hold")
      }
    }
    if let order = body["block"]?.string, !ramp.block(order, now: now) {
      throw Refusal(message: "there is an order \(order)")
    }
    // What a ramp must never do, for whoever compares its books with ours.
    if let order = body["forget"]?.string, !ramp.forget(order) {
      throw Refusal(message: "there is no order \(order)")
    }
    if let order = body["rewrite"]?.string {
      guard let credited = body["credited_planck"]?.string.flatMap({ Planck(decimal: $0) }),
        ramp.rewrite(order, credited: credited, now: now)
      else { throw Refusal(message: "rewrite takes an order and credited_planck") }
    }
    return ["headroom_planck": .string(ramp.headroom.decimal), "healthy": .bool(ramp.isHealthy)]
  }

  // MARK: Bodies

  private static func parsed(_ request: HTTPRequest) throws(FaultScript) -> JSON {
    do throws(JSONError) {
      return try JSON(parsing: request.body)
    } catch {
      throw FaultScript(message: error.description)
    }
  }

  private func body(_ request: HTTPRequest) throws(Refusal) -> JSON {
    if request.body.isEmpty { return [:] }
    do throws(JSONError) {
      return try JSON(parsing: request.body)
    } catch {
      throw Refusal(message: error.description)
    }
  }

  /// `cluster` in hex; `owner` in hex or as an address.
  private static func account(_ body: JSON) throws(Refusal) -> DDCAccount {
    guard let cluster = ClusterID(hex: body["cluster"]?.string ?? "") else {
      throw Refusal(message: "cluster is 0x and 20 bytes of hex")
    }
    guard let owner = try? AccountID32(text: body["owner"]?.string ?? "") else {
      throw Refusal(message: "owner is an address, or 0x and 32 bytes of hex")
    }
    return DDCAccount(cluster: cluster, owner: owner)
  }
}
