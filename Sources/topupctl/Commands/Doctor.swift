internal import ProtobufRuntime
internal import RPCCore
internal import RPCServices
internal import TopUpAPI
internal import TopUpCore

/// The checks of doctor, from the socket inwards; what rests on a failed one is not tried.
struct Doctor: Sendable {
  private let address: ServerAddress
  private let timeout: Duration
  private let token: String?

  init(_ address: ServerAddress, timeout: Duration, token: String? = nil) {
    self.token = token
    self.address = address
    self.timeout = timeout
  }

  func findings() async -> [Finding] {
    var findings = [Finding(.ok, "address", "\(address)")]
    let (reached, isReachable) = await reach()
    findings.append(reached)
    guard isReachable else { return findings }
    do throws(Unsuccessful) {
      let connection = try Connection(address, timeout: timeout, token: token)
      let (health, isGRPC) = await Self.health(connection)
      findings.append(health)
      if isGRPC { findings += await Self.status(connection) }
      await connection.close()
    } catch { findings.append(Finding(.fail, "connection", error.message ?? "")) }
    return findings
  }

  // MARK: The way there

  private func reach() async -> (Finding, Bool) {
    // There is no name to look up and no port: the first call tells whether somebody listens.
    if address.isUnix { return (Finding(.ok, "connection", "a Unix-domain socket"), true) }
    let (host, port) = (address.host, address.port)
    let milliseconds = Int32(clamping: timeout.nanoseconds / 1_000_000)
    // The resolver blocks; nothing else needs a thread meanwhile.
    let outcome = await Task.detached {
      TCPProbe.connect(host: host, port: port, timeoutMilliseconds: milliseconds)
    }.value
    switch outcome {
    case .connected(let numeric):
      return (Finding(.ok, "connection", "port \(port) of \(numeric) answers"), true)
    case .unknownHost(let reason):
      return (
        Finding(
          .fail, "connection", "\(host): \(reason)",
          fix: "check the name in --address or TOPUP_ADDRESS, or give a numeric address"), false
      )
    case .failed(let reason):
      return (
        Finding(
          .fail, "connection", "\(address): \(reason)",
          fix: "start topupd, or point --address or TOPUP_ADDRESS at where it listens"), false
      )
    }
  }

  /// - Returns: the finding, and whether it is worth going on.
  private static func health(_ connection: Connection) async -> (Finding, Bool) {
    do throws(RPCError) {
      let response = try await connection.health.check(
        HealthCheckRequest(), options: connection.unary)
      if response.status == .serving {
        return (Finding(.ok, "health", "the server takes calls"), true)
      }
      return (
        Finding(
          .fail, "health", "the server says \(response.status.name(after: ""))",
          fix: "it is starting or shutting down: wait, then look at its log"), true
      )
    } catch {
      let isGRPC = error.code == .unimplemented
      return (
        Finding(
          isGRPC ? .warn : .fail, "health", error.description,
          fix: isGRPC
            ? "this server has no grpc.health.v1: is it topupd?"
            : "something else may listen there: is it topupd's port for calls, without TLS?"),
        isGRPC
      )
    }
  }

  // MARK: What the server says of itself

  private static func status(_ connection: Connection) async -> [Finding] {
    let before = Host.unixNanoseconds()
    do throws(RPCError) {
      let status = try await connection.admin.getStatus(
        GetStatusRequest(), options: connection.unary)
      let after = Host.unixNanoseconds()
      return judge(status, asked: before, answered: after)
    } catch {
      return [
        Finding(
          .fail, "status", error.description,
          fix: "Admin.GetStatus must be allowed to whoever runs doctor")
      ]
    }
  }

  /// - Parameters:
  ///   - asked: our clock when the question left, in nanoseconds.
  ///   - answered: our clock when the answer had come.
  static func judge(_ status: GetStatusResponse, asked: Int64, answered: Int64) -> [Finding] {
    [version(status), clock(status, asked: asked, answered: answered)]
      + status.components.map(component)
      + [charging(status), inbox(status), review(status)]
  }

  private static func version(_ status: GetStatusResponse) -> Finding {
    let mode = status.livemode ? "live mode: real cards are charged" : "test mode"
    guard status.version == Release.version else {
      return Finding(
        .warn, "version",
        "the server is \(status.version), topupctl is \(Release.version); \(mode)",
        fix: "use the topupctl of the same release")
    }
    return Finding(.ok, "version", "\(status.version), \(mode)")
  }

  /// The server's time lies between question and answer, if the clocks agree.
  private static func clock(
    _ status: GetStatusResponse, asked: Int64, answered: Int64
  ) -> Finding {
    guard let time = status.serverTime else {
      return Finding(.warn, "clock", "the server does not tell its time")
    }
    let server = Duration.seconds(time.seconds) + .nanoseconds(Int64(time.nanos))
    let ours = Duration.nanoseconds(asked) + .nanoseconds(answered - asked) / 2
    let skew = server > ours ? server - ours : ours - server
    let uncertainty = Duration.nanoseconds(answered - asked) / 2
    let text = "\(SpanText.text(skew)) \(server > ours ? "ahead of" : "behind") this machine"
    if skew <= .seconds(2) + uncertainty { return Finding(.ok, "clock", text) }
    return Finding(
      skew <= .seconds(60) + uncertainty ? .warn : .fail, "clock", text,
      fix: "synchronise the clocks: beyond 60 s nothing is charged, beyond 300 s webhooks are "
        + "refused")
  }

  private static func component(_ part: ComponentStatus) -> Finding {
    let latency = part.latency.map { "answers in \(SpanText.text($0))" } ?? ""
    if part.healthy {
      return Finding(
        .ok, part.name, [latency, part.detail].filter { !$0.isEmpty }.joined(separator: "; "))
    }
    let fix =
      switch part.name {
      case "store": "check the disk under the store, its space and its permissions"
      case "processor": "check the processor's key, its status page, and the way out to it"
      case "ramp": "check the ramp's address and key; charged top-ups wait until it answers"
      case "node":
        "check the node's address and that it is in sync; no balance, no automatic top-up"
      default: "see the server's log"
      }
    return Finding(.fail, part.name, part.detail.isEmpty ? "unhealthy" : part.detail, fix: fix)
  }

  private static func charging(_ status: GetStatusResponse) -> Finding {
    status.killSwitch
      ? Finding(
        .warn, "charging", "stopped by an operator",
        fix: "topupctl server kill-switch --allow --reason \"…\", once its cause is gone")
      : Finding(.ok, "charging", "allowed, \(status.topUpsInFlight) top-ups in flight")
  }

  private static func inbox(_ status: GetStatusResponse) -> Finding {
    if status.inboxDeadLetters > 0 {
      return Finding(
        .warn, "inbox", "\(status.inboxDeadLetters) webhook events were given up",
        fix: "topupctl inbox list --stuck shows why; topupctl inbox replay has one tried again")
    }
    return status.inboxWaiting == 0
      ? Finding(.ok, "inbox", "every webhook event is applied")
      : Finding(
        .warn, "inbox", "\(status.inboxWaiting) webhook events wait to be applied",
        fix: "they are retried by themselves; topupctl inbox list --stuck shows what hinders them"
      )
  }

  private static func review(_ status: GetStatusResponse) -> Finding {
    status.reviewItems == 0
      ? Finding(.ok, "review", "nothing waits for a person")
      : Finding(
        .warn, "review", "\(status.reviewItems) top-ups wait for a person",
        fix: "topupctl topup list --state needs-review shows them and why")
  }
}
