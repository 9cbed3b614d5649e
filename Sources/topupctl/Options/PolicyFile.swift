internal import ProtobufRuntime
internal import StrictJSON
internal import TopUpAPI

/// A rule in a file, as `policy get -o json` prints it.
enum PolicyFile {
  /// Far more than any rule has.
  private static let bytesMax = 65_536

  /// - Throws: ``UsageError`` for what cannot be read, and for each member that is not understood:
  ///   nothing of a rule is left out in silence.
  static func policy(at path: String) throws(UsageError) -> Policy {
    guard let text = Host.text(ofFile: path, bytesMax: bytesMax) else {
      throw UsageError("\(SafeText.shown(path)) cannot be read, or is too large for a rule")
    }
    return try policy(in: text, of: path)
  }

  static func policy(in text: String, of path: String) throws(UsageError) -> Policy {
    let json: JSON
    do throws(JSONError) { json = try JSON(parsing: text.utf8) } catch {
      throw UsageError("\(SafeText.shown(path)) is no JSON: \(error)")
    }
    guard var object = (json["policy"] ?? json).object else {
      throw UsageError("\(SafeText.shown(path)) does not hold a rule")
    }
    // Both are the server's.
    object["version"] = nil
    object["updatedAt"] = nil
    let policy = Policy(reading: .object(object))
    let told = policy.json
    for member in object.members where told[member.name] != member.value {
      throw UsageError(
        "\(SafeText.shown(path)): \"\(SafeText.shown(member.name))\" is not understood: "
          + "a rule is written as 'topupctl policy get -o json' prints it")
    }
    return policy
  }
}

extension Policy {
  /// What is not understood is not there afterwards.
  fileprivate init(reading json: JSON) {
    self.init()
    account = json["account"].map { Account(reading: $0) }
    payer = json["payer"].map {
      Payer(tenant: $0["tenant"]?.string ?? "", user: $0["user"]?.string ?? "")
    }
    enabled = json["enabled"]?.bool ?? false
    threshold = json["threshold"]?.string ?? ""
    if let fixed = json["fixed"] { amount = .fixed(Money(reading: fixed)) }
    if let target = json["refillTo"]?.string { amount = .refillTo(target) }
    if let name = json["tier"]?.string { amount = .tier(name) }
    currency = json["currency"]?.string ?? ""
    minPerTopUp = json["minPerTopUp"].map { Money(reading: $0) }
    maxPerTopUp = json["maxPerTopUp"].map { Money(reading: $0) }
    day = json["day"].map { Cap(reading: $0) }
    month = json["month"].map { Cap(reading: $0) }
    timeZone = json["timeZone"]?.string ?? ""
    rearmMargin = json["rearmMargin"]?.string ?? ""
    cooldown = json["cooldown"]?.span
    lowCooldown = json["lowCooldown"]?.span
    minRunway = json["minRunway"]?.span
    arriveBeforeEmpty = json["arriveBeforeEmpty"]?.span
    schedules = json["schedules"]?.array?.map { Schedule(reading: $0) } ?? []
    paymentMethodIDs = json["paymentMethodIds"]?.array?.compactMap(\.string) ?? []
    slippageBasisPoints = json["slippageBasisPoints"]?.int64.flatMap { Int32(exactly: $0) }
  }
}

extension Account {
  fileprivate init(reading json: JSON) {
    self.init()
    if let ddc = json["ddc"] {
      kind = .ddc(
        DDCAccount(
          clusterID: ddc["clusterId"]?.string ?? "", owner: ddc["owner"]?.string ?? ""))
    } else if let credits = json["credits"] {
      kind = .credits(
        CreditsAccount(
          tenant: credits["tenant"]?.string ?? "", user: credits["user"]?.string ?? ""))
    }
  }
}

extension Money {
  fileprivate init(reading json: JSON) {
    self.init(
      minorUnits: json["minorUnits"]?.string.flatMap { Int64($0) } ?? 0,
      currency: json["currency"]?.string ?? "")
  }
}

extension Cap {
  fileprivate init(reading json: JSON) {
    self.init(
      count: json["count"]?.int64.flatMap { Int32(exactly: $0) } ?? 0,
      amount: json["amount"].map { Money(reading: $0) })
  }
}

extension Schedule {
  fileprivate init(reading json: JSON) {
    self.init(
      dayOfMonth: json["dayOfMonth"]?.int64.flatMap { Int32(exactly: $0) } ?? 0,
      minuteOfDay: json["minuteOfDay"]?.int64.flatMap { Int32(exactly: $0) } ?? 0,
      amount: json["amount"].map { Money(reading: $0) })
  }
}

extension JSON {
  /// Seconds and an `s`, as the contract's spans are written.
  fileprivate var span: ProtobufDuration? { string.flatMap { SpanText.duration($0) }?.proto }
}
