package import StrictJSON
import TopUpCore

extension World {
  /// What came of it all, in numbers that tests compare.
  package var statistics: JSON {
    var intents: [String: Int] = [:]
    var captured: [String: Int64] = [:]
    var refunded: [String: Int64] = [:]
    for intent in stripe.intents.newestFirst {
      intents[intent.status.rawValue, default: 0] += 1
      captured[intent.currency, default: 0] += intent.amountReceived
    }
    for charge in stripe.charges.newestFirst {
      refunded[charge.currency, default: 0] += charge.amountRefunded
    }
    let undelivered = stripe.events.newestFirst.reduce(0) { $0 + ($1.isDelivered ? 0 : 1) }
    return [
      "stripe": [
        "intents": Self.object(intents), "captured": Self.object(captured),
        "refunded": Self.object(refunded), "customers": .integer(stripe.customers.count),
        "disputes": .integer(stripe.disputes.count), "events": .integer(stripe.events.count),
        "events_not_delivered": .integer(undelivered),
      ],
      "ramp": [
        "orders": Self.object(ramp.orderCounts), "treasury_planck": .string(ramp.treasury.decimal),
        "headroom_planck": .string(ramp.headroom.decimal), "healthy": .bool(ramp.isHealthy),
      ],
      "chain": [
        "best": .integer(chain.best), "finalized": .integer(chain.finalized),
        "deposits": .array(depositRows),
      ],
      "oddities": .array((stripe.oddities + ramp.oddities).map { .string($0) }),
      "requests": Self.object(log.counts),
    ]
  }

  private var depositRows: [JSON] {
    let rows = chain.deposits.map { account, sum -> (String, JSON) in
      let owner = Hex.prefixedText(account.owner.bytes)
      let cluster = Hex.prefixedText(account.cluster.bytes)
      let active = chain.ledger(of: account, at: chain.best)?.active ?? .zero
      return (
        cluster + owner,
        [
          "cluster": .string(cluster), "owner": .string(owner), "count": .integer(sum.count),
          "credited_planck": .string(sum.credited.decimal),
          "active_planck": .string(active.decimal),
          "debt_planck": .string(chain.debt(of: account).decimal),
        ]
      )
    }
    return rows.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// The newest requests that fit, newest last.
  package func requests(
    service: String?, endpoint: String?, limit: Int
  ) -> JSON {
    let found = log.entries.filter { entry in
      (service.map { $0 == entry.service.rawValue } ?? true)
        && (endpoint.map { $0 == entry.endpoint } ?? true)
    }
    return [
      "counts": Self.object(log.counts),
      "requests": .array(
        found.suffix(limit).map { entry in
          [
            "number": .integer(entry.number), "time_ms": .integer(entry.time.milliseconds),
            "service": .string(entry.service.rawValue), "method": .string(entry.method),
            "path": .string(entry.path), "endpoint": .string(entry.endpoint),
            "idempotency_key": .string(orNull: entry.idempotencyKey),
            "status": .integer(orNull: entry.status.map { Int64($0) }),
            "note": .string(entry.note), "body": .string(entry.body),
          ]
        }),
    ]
  }

  /// The cards that are saved, of one customer or of all.
  package func cards(of customer: String?) -> JSON {
    let saved = stripe.methods.newestFirst.filter {
      $0.customer != nil && (customer == nil || $0.customer == customer)
    }
    return ["cards": .array(saved.map(\.json))]
  }

  private static func object(_ counts: [String: some BinaryInteger]) -> JSON {
    var object = JSONObject()
    for (name, count) in counts.sorted(by: { $0.key < $1.key }) { object[name] = .integer(count) }
    return .object(object)
  }
}
