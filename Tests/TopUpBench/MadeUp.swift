import TopUpCore

/// Accounts, payers and cards by number: the same for the same number, here, in
/// Benchmarks/sqlite/entries.c, in Benchmarks/nghttp2 and in the harness.
enum MadeUp {
  static let now = UnixTime(seconds: 1_795_221_900)

  static let cluster: ClusterID = {
    guard let cluster = ClusterID(hex: "0x0059f5ada35eee46802d80750d5ca4a490640511") else {
      preconditionFailure("no cluster id")
    }
    return cluster
  }()

  /// The owner of number n is n + 1, as 32 bytes, the most significant first.
  static func account(_ number: Int) -> DDCAccount {
    let value = UInt64(number) + 1
    let bytes = (0..<32).map { place in
      place < 24 ? 0 : UInt8(truncatingIfNeeded: value >> UInt64((31 - place) * 8))
    }
    guard let owner = AccountID32(bytes) else { preconditionFailure("no owner") }
    return DDCAccount(cluster: cluster, owner: owner)
  }

  static func key(_ number: Int) -> AccountKey { .ddc(account(number)) }

  static func payer(_ number: Int) -> Payer { Payer(tenant: "bench", user: "user\(number)") }

  static func customer(_ number: Int) -> CustomerID { CustomerID("cus_\(number)") }

  static func card(_ number: Int) -> CardReference {
    CardReference(
      id: PaymentMethodID("pm_\(number)"), customer: customer(number),
      fingerprint: "fingerprint\(number)", brand: "visa", last4: "4242")
  }

  static func consent(at now: UnixTime) -> Consent {
    Consent(textVersion: "2026-11", agreed: now, maxPerCharge: nil, maxPerMonth: nil, actor: "user")
  }

  static let amount = Money(minorUnits: 2_500, .usd)

  /// Keeps 100 CERE on the account by charges of 25.00 USD, a few a day.
  static func policy(_ number: Int, at now: UnixTime) -> Policy {
    Policy(
      account: key(number), payer: payer(number), isEnabled: true,
      threshold: 100 * Planck.cere.units, amount: .fixed(amount), minPerTopUp: 50,
      maxPerTopUp: 100_000, day: Policy.Cap(count: 5, minorUnits: 20_000),
      month: Policy.Cap(count: 50, minorUnits: 100_000), timeZone: "UTC", rearmMargin: 0,
      cooldown: .seconds(3_600), lowCooldown: .seconds(300), minRunway: nil,
      slippageBasisPoints: 200, cards: [], version: 1, updated: now)
  }

  static func reading(_ active: Int128, at now: UnixTime) -> KnownReading {
    KnownReading(
      active: active, total: active, exists: true,
      block: BlockReference(number: 1_000, hash: blockHash), readAt: now)
  }

  static let blockHash = "0x" + String(repeating: "ab", count: 32)

  /// 25.00 USD at 0.00125 USD a CERE.
  static func quote(_ number: Int, at now: UnixTime) -> Quote {
    Quote(
      id: QuoteID("q_\(number)"), rateNano: 1_250_000, gross: amount,
      fee: Money(minorUnits: 0, .usd), net: amount, tokens: Planck(20_000 * Planck.cere.units),
      created: now, expires: now.advanced(by: .seconds(60)))
  }
}
