internal import RPCCore
internal import TopUpCore

/// Everything that is wrong with a configuration, at once.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  package var faults: [String]

  package var description: String { faults.joined(separator: "\n") }
}

/// Reads a ``Configuration`` from the environment.
///
/// A name that begins with `TOPUP_` and is not known is an error, for a misspelt setting must not
/// be silently ignored. `TOPUP_X_FILE` names a file that holds `X`; both at once are an error.
package struct ConfigurationReader {
  private let environment: [String: String]
  private let readFile: (String) -> String?
  private var known: Set<String> = []
  private var faults: [String] = []

  /// - Parameter readFile: the text of a file, or nil when it cannot be read.
  package init(environment: [String: String], readFile: @escaping (String) -> String?) {
    self.environment = environment
    self.readFile = readFile
  }

  /// The store's path alone, for what needs no other setting.
  ///
  /// - Throws: what is wrong with it.
  package mutating func readDatabase() throws(ConfigurationError) -> String {
    var configuration = Configuration()
    text("DATABASE", &configuration.database)
    guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
    return configuration.database
  }

  /// - Throws: every fault there is.
  package mutating func read() throws(ConfigurationError) -> Configuration {
    var configuration = Configuration()
    endpoint("LISTEN", &configuration.listen)
    readTLS(&configuration)
    endpoint("WEBHOOK_LISTEN", &configuration.webhookListen)
    text("WEBHOOK_PATH", &configuration.webhookPath)
    if let hosts = value("WEBHOOK_HOSTS") { configuration.webhookHosts = list(hosts) }
    if let text = secret("STRIPE_WEBHOOK_SECRET") {
      let secrets = list(text)
      for one in secrets { check(one, of: "STRIPE_WEBHOOK_SECRET") }
      configuration.webhookSecrets = secrets.map { Secret($0) }
    }
    text("DATABASE", &configuration.database)
    text("STRIPE_URL", &configuration.stripeURL)
    configuration.stripeKey = key("STRIPE_KEY")
    bool("LIVE", &configuration.isLive)
    text("RAMP_URL", &configuration.rampURL)
    configuration.rampKey = key("RAMP_KEY")
    text("NODE_URL", &configuration.nodeURL)
    bool("ALLOW_PLAIN_HTTP", &configuration.allowsPlainHTTP)
    integer("LOOPS", 1...4, &configuration.loops)
    bool("ACCEPT_GENERIC_ADDRESSES", &configuration.acceptsGenericAddresses)
    var attempts = AttemptCeiling.highest
    integer("CARD_ATTEMPTS_MAX", 1...AttemptCeiling.highest, &attempts)
    configuration.attemptCeiling = AttemptCeiling(attempts)
    // Stripe takes fewer calls with a test key (facts/stripe §4).
    if !configuration.isLive, configuration.stripeURL.hasPrefix("https://api.stripe.com") {
      configuration.processorLimits.perSecond = 25
    }
    integer("STRIPE_CALLS_PER_SECOND", 1...10_000, &configuration.processorLimits.perSecond)
    integer(
      "STRIPE_ENDPOINT_CALLS_PER_SECOND", 1...10_000,
      &configuration.processorLimits.endpointPerSecond)
    readRampTerms(&configuration.ramp)
    integer("INBOX_TRIES_MAX", 1...10_000, &configuration.inboxTriesMax)
    integer("CACHED_BALANCES", 0...16_777_216, &configuration.cachedBalances)
    var hours = 0
    integer("NEW_CARD_HOLD_HOURS", 0...720, &hours)
    configuration.newCardHold = .seconds(hours * 3_600)
    integer("ERA_SECONDS", 1...86_400, &configuration.eraSeconds)
    if let text = value("CREDIT_RATES") {
      do throws(PriceFault) { try configuration.prices.addRates(text) } catch {
        faults.append("TOPUP_CREDIT_RATES: \(error)")
      }
    }
    if let text = value("CREDIT_TIERS") {
      do throws(PriceFault) { try configuration.prices.addTiers(text) } catch {
        faults.append("TOPUP_CREDIT_TIERS: \(error)")
      }
    }
    bool("REVIEW_SECOND_PERSON", &configuration.needsSecondPerson)
    if configuration.needsSecondPerson, environment["TOPUP_POLICY_FILE"] ?? "" == "" {
      faults.append(
        "TOPUP_REVIEW_SECOND_PERSON needs TOPUP_POLICY_FILE: where callers prove nothing, one "
          + "person passes for two by another name")
    }
    var grace = 20
    integer("DRAIN_SECONDS", 0...600, &grace)
    configuration.drainGrace = .seconds(grace)
    access(&configuration.access)
    text("LOG_LEVEL", &configuration.logLevel)
    text("ZONEINFO", &configuration.zoneInfo)
    check(configuration)
    for name in environment.keys.sorted()
    where name.hasPrefix("TOPUP_") && !known.contains(name) {
      faults.append("\(name) is not a setting")
    }
    guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
    return configuration
  }

  private mutating func readRampTerms(_ terms: inout RampTerms) {
    var percent = terms.band.percent
    integer("PRICE_BAND_PERCENT", PriceBand.percents, &percent)
    terms.band = PriceBand(percent: percent)
    var seconds = terms.probeSpan.components.seconds
    integer("RAMP_PROBE_SECONDS", 60...604_800, &seconds)
    terms.probeSpan = .seconds(seconds)
  }

  private mutating func readTLS(_ configuration: inout Configuration) {
    if let mode = value("SOCKET_MODE") {
      switch mode {
      case "0600": configuration.socketMode = 0o600
      case "0660": configuration.socketMode = 0o660
      default: faults.append("TOPUP_SOCKET_MODE must be 0600 or 0660")
      }
    }
    if let text = value("PROBE_LISTEN") {
      configuration.probeListen = Endpoint(text)
      if configuration.probeListen.map(\.isUnix) ?? true {
        faults.append("TOPUP_PROBE_LISTEN must be an address and a port, such as 0.0.0.0:50052")
      }
    }
    if let text = value("METRICS_LISTEN") {
      configuration.metricsListen = Endpoint(text)
      if configuration.metricsListen.map(\.isUnix) ?? true {
        faults.append("TOPUP_METRICS_LISTEN must be an address and a port, such as 127.0.0.1:9090")
      }
    }
    let authorities = value("TLS_CLIENT_CA_FILE")
    let mode = value("TLS_CLIENT_CERTIFICATES")
    switch (value("TLS_CERT_FILE"), value("TLS_KEY_FILE")) {
    case (let certificate?, let key?):
      configuration.tls = ServerTLS(
        certificateFile: certificate, keyFile: key, clientAuthoritiesFile: authorities,
        clientCertificates: mode.flatMap { ServerTLS.ClientCertificates(rawValue: $0) })
    case (nil, nil):
      if authorities != nil || mode != nil {
        faults.append("client certificates need TOPUP_TLS_CERT_FILE and TOPUP_TLS_KEY_FILE")
      }
    case (_?, nil), (nil, _?):
      faults.append("TOPUP_TLS_CERT_FILE and TOPUP_TLS_KEY_FILE are needed together")
    }
    guard let mode else { return }
    switch ServerTLS.ClientCertificates(rawValue: mode) {
    case nil: faults.append("TOPUP_TLS_CLIENT_CERTIFICATES must be none, request or require")
    case .none?: break
    case .request?, .require?:
      if authorities == nil {
        faults.append("TOPUP_TLS_CLIENT_CERTIFICATES needs TOPUP_TLS_CLIENT_CA_FILE")
      }
    }
  }

  private mutating func access(_ access: inout Configuration.Access) {
    text("POLICY_FILE", &access.policyFile)
    text("BINDINGS_FILE", &access.bindingsFile)
    // Else a caller that may call a method could do so for every tenant and every cluster.
    if access.policyFile.isEmpty != access.bindingsFile.isEmpty {
      faults.append(
        "TOPUP_POLICY_FILE and TOPUP_BINDINGS_FILE are needed together: who may call what, and "
          + "for whom (deploy/policy/bindings.json)")
    }
    text("JWKS_FILE", &access.keysFile)
    text("TOKEN_ISSUER", &access.tokenIssuer)
    text("TOKEN_AUDIENCE", &access.tokenAudience)
    let parts = [access.keysFile, access.tokenIssuer, access.tokenAudience]
    guard parts.allSatisfy(\.isEmpty) || !parts.contains("") else {
      return faults.append(
        "TOPUP_JWKS_FILE, TOPUP_TOKEN_ISSUER and TOPUP_TOKEN_AUDIENCE are needed together")
    }
    // Else every pod of the cluster could call everything with its token.
    if !access.keysFile.isEmpty, access.policyFile.isEmpty {
      faults.append("TOPUP_POLICY_FILE is needed where tokens are taken")
    }
  }

  private mutating func check(_ configuration: Configuration) {
    for (name, url) in [
      ("STRIPE_URL", configuration.stripeURL), ("RAMP_URL", configuration.rampURL),
      ("NODE_URL", configuration.nodeURL),
    ] where !url.hasPrefix("http://") && !url.hasPrefix("https://") {
      faults.append(
        url.isEmpty
          ? "TOPUP_\(name) is needed" : "TOPUP_\(name) must begin with http:// or https://")
    }
    if configuration.stripeKey == nil {
      faults.append("TOPUP_STRIPE_KEY or TOPUP_STRIPE_KEY_FILE is needed")
    }
    if configuration.webhookSecrets.isEmpty {
      faults.append("TOPUP_STRIPE_WEBHOOK_SECRET or its _FILE form is needed")
    }
    if !configuration.webhookPath.hasPrefix("/") {
      faults.append("TOPUP_WEBHOOK_PATH must begin with /")
    }
    if !["trace", "debug", "info", "notice", "warning", "error"].contains(configuration.logLevel) {
      faults.append("TOPUP_LOG_LEVEL must be trace, debug, info, notice, warning or error")
    }
  }

  // MARK: Values

  private mutating func value(_ name: String) -> String? {
    known.insert("TOPUP_\(name)")
    return environment["TOPUP_\(name)"]
  }

  private mutating func key(_ name: String) -> Secret? {
    guard let text = secret(name) else { return nil }
    check(text, of: name)
    return Secret(text)
  }

  /// What nobody sees in a secret is no part of it: such a one would never be the right one.
  private mutating func check(_ secret: String, of name: String) {
    let isPlain = secret.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    if secret.isEmpty || !isPlain {
      faults.append(
        "TOPUP_\(name) must be printable ASCII characters without blanks or line breaks, and not "
          + "empty")
    }
  }

  /// A value that may come from a file, of which one line break at the end is dropped.
  private mutating func secret(_ name: String) -> String? {
    let direct = value(name)
    guard let path = value("\(name)_FILE") else { return direct }
    guard direct == nil else {
      faults.append("TOPUP_\(name) and TOPUP_\(name)_FILE are both set")
      return nil
    }
    guard var text = readFile(path) else {
      faults.append("TOPUP_\(name)_FILE: cannot read \(path)")
      return nil
    }
    // As one character, a line's end may be two bytes.
    if let last = text.last, last.isNewline { text.removeLast() }
    return text
  }

  private mutating func text(_ name: String, _ target: inout String) {
    if let value = value(name) { target = value }
  }

  private mutating func endpoint(_ name: String, _ target: inout Endpoint) {
    guard let text = value(name) else { return }
    guard let endpoint = Endpoint(text) else {
      return faults.append("TOPUP_\(name) must be an address and a port, such as 127.0.0.1:50051")
    }
    target = endpoint
  }

  private mutating func integer<Value: FixedWidthInteger>(
    _ name: String, _ range: ClosedRange<Value>, _ target: inout Value
  ) {
    guard let text = value(name) else { return }
    guard let value = Value(text), range.contains(value) else {
      return faults.append(
        "TOPUP_\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    target = value
  }

  private mutating func bool(_ name: String, _ target: inout Bool) {
    guard let text = value(name) else { return }
    switch text {
    case "true", "1": target = true
    case "false", "0": target = false
    default: faults.append("TOPUP_\(name) must be true or false")
    }
  }

  private func list(_ text: String) -> [String] {
    text.split(separator: ",").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}
