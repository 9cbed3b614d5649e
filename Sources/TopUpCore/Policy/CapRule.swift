/// Whose charges a cap bounds together, beside those of one account (invariant 6).
package enum CapScope: Sendable, Hashable {
  /// All that this service charges.
  case service
  /// All that the users of a tenant pay, whatever accounts it is for.
  case tenant(String)

  /// Unique: names may hold any sign, and with its length before it none reads as two.
  package var name: String {
    switch self {
    case .service: "service"
    case .tenant(let tenant): "tenant:\(tenant.utf8.count):\(tenant)"
    }
  }

  /// For people.
  package var text: String {
    switch self {
    case .service: "the service"
    case .tenant(let tenant): "tenant \(tenant)"
    }
  }
}

/// The caps of a scope in one currency: one version of them, which never changes. What is reserved
/// under it keeps it, whatever is set later (invariant 7).
package struct CapRule: Sendable, Hashable {
  /// Which rule was held to, for a commit that must not be made under another.
  package struct Reference: Sendable, Hashable {
    package var scope: CapScope
    package var currency: Currency
    /// 0 where none was ever set.
    package var version: Int64

    package init(scope: CapScope, currency: Currency, version: Int64) {
      self.scope = scope
      self.currency = currency
      self.version = version
    }
  }

  package var scope: CapScope
  package var currency: Currency
  package var day: Policy.Cap
  package var month: Policy.Cap
  /// IANA name of the zone whose days and months are counted.
  package var timeZone: String
  package var version: Int64
  package var set: UnixTime
  package var actor: String
  package var reason: String

  package init(
    scope: CapScope, currency: Currency, day: Policy.Cap, month: Policy.Cap, timeZone: String,
    version: Int64, set: UnixTime, actor: String, reason: String
  ) {
    self.scope = scope
    self.currency = currency
    self.day = day
    self.month = month
    self.timeZone = timeZone
    self.version = version
    self.set = set
    self.actor = actor
    self.reason = reason
  }

  /// What holds before anybody has set one: nothing is bounded, and everything is counted, so that
  /// a cap that is set later holds for the whole of its window.
  package static func unset(_ scope: CapScope, _ currency: Currency) -> CapRule {
    CapRule(
      scope: scope, currency: currency, day: Policy.Cap(), month: Policy.Cap(), timeZone: "UTC",
      version: 0, set: UnixTime(milliseconds: 0), actor: "", reason: "")
  }

  package var reference: Reference {
    Reference(scope: scope, currency: currency, version: version)
  }

  /// Whether another rule says the same, whenever and by whomever it was set.
  package func bounds(as other: CapRule) -> Bool {
    scope == other.scope && currency == other.currency && day == other.day
      && month == other.month && timeZone == other.timeZone
  }
}
