package import RPCCore
package import TopUpCore

/// How a daemon is set up; every setting is an environment variable `TOPUP_…` (docs/OPERATIONS.md).
package struct Configuration: Sendable, Hashable {
  /// Where calls are served; without TLS loopback or a Unix-domain socket.
  package var listen = Endpoint(host: "127.0.0.1", port: 50_051)
  /// Permissions of a Unix-domain socket's file.
  package var socketMode: UInt32 = 0o600
  /// Nil serves calls in plaintext.
  package var tls: ServerTLS?
  /// Where health alone is served in plaintext; nil: nowhere.
  package var probeListen: Endpoint?
  /// Where metrics are read; nil exposes none.
  package var metricsListen: Endpoint?
  /// Where Stripe's webhooks are taken.
  package var webhookListen = Endpoint(host: "127.0.0.1", port: 8_080)
  package var webhookPath = "/stripe/webhook"
  /// Host names that a webhook may be sent to; those of loopback are always taken.
  package var webhookHosts: [String] = []
  package var webhookSecrets: [Secret] = []
  package var database = "topupd.sqlite"
  package var stripeURL = "https://api.stripe.com"
  package var stripeKey: Secret?
  package var isLive = false
  package var rampURL = ""
  package var rampKey: Secret?
  package var nodeURL = ""
  /// Whether ramp and node may be reached by plain HTTP beyond this machine, inside a cluster.
  package var allowsPlainHTTP = false
  /// Threads that serve calls.
  package var loops = 1
  /// Whether addresses with Substrate's generic prefix 42 are taken too.
  package var acceptsGenericAddresses = false
  package var eraSeconds: Int64 = 480
  package var attemptCeiling = AttemptCeiling()
  package var processorLimits = OutboundLimits()
  /// The price band, and the span of the ramp's breaker.
  package var ramp = RampTerms()
  /// How often a webhook event that cannot be applied is tried (invariant 35).
  package var inboxTriesMax = InboxPatience().triesMax
  /// How many accounts' balances are kept in memory at most; 0 keeps none.
  package var cachedBalances = 1 << 20
  /// How old a card's first charge must be before its money is ordered for, where a rule does not say.
  package var newCardHold = Duration.zero
  /// What tenants sell credits for.
  package var prices = PriceBook()
  /// Whether an operator's refund or resolution takes two persons (invariant 52).
  package var needsSecondPerson = false
  package var drainGrace = Duration.seconds(20)
  package var access = Access()
  package var logLevel = "info"
  /// Where the zone data is.
  package var zoneInfo = "/usr/share/zoneinfo"

  package init() {}
}

extension Configuration {
  /// Who may call; a file that is not named is empty.
  package struct Access: Sendable, Hashable {
    /// A policy in gRPC's form (gRFC A43).
    package var policyFile = ""
    /// Which callers are bound to which tenants, clusters, accounts and sources.
    package var bindingsFile = ""
    /// The keys of the issuer of service-account tokens (RFC 7517).
    package var keysFile = ""
    package var tokenIssuer = ""
    /// What a token must be meant for.
    package var tokenAudience = ""
  }
}

/// A numeric address and a port, or the path of a Unix-domain socket.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  package var host: String
  package var port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// - Parameter text: `127.0.0.1:50051`, `[::1]:50051` or `unix:/run/topupd/calls`.
  package init?(_ text: String) {
    if text.hasPrefix(Self.unixScheme) {
      guard text.count > Self.unixScheme.count else { return nil }
      self.init(host: text, port: 0)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { return nil }
    self.init(host: String(host), port: port)
  }

  private static let unixScheme = "unix:"

  package var isUnix: Bool { host.hasPrefix(Self.unixScheme) }

  package var description: String {
    if isUnix { return host }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
