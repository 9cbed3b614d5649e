internal import Glibc
internal import Logging
internal import RPCCore
internal import RPCServer
internal import RPCTransport

/// Who may call the daemon: the policy and the issuer's keys, from files that may change.
final class AccessControl: Sendable {
  private let settings: Configuration.Access
  private let logger: Logger
  private let tokens: TokenVerifier?
  private let stamps: FileStamps
  let interceptor: AuthorizationInterceptor
  /// For whom callers may act.
  let grants: GrantBook

  /// - Parameter look: how a file looks, whose change has all of them read again.
  /// - Throws: ``StartError/configuration(_:)`` when a file is wrong, or when there is no policy and
  ///   others than this machine's processes can reach the address.
  init(
    _ configuration: Configuration, logger: Logger, look: @escaping FileStamps.Look = FileStamp.of
  ) throws(StartError) {
    settings = configuration.access
    self.logger = logger
    let listen = configuration.listen
    let isLocal = SocketAddress(host: listen.host, port: listen.port)?.isLoopback ?? false
    // Before the files are read, so that no change falls between the two.
    stamps = FileStamps(
      [settings.policyFile, settings.bindingsFile, settings.keysFile].filter { !$0.isEmpty },
      look: look)
    let files = try Self.load(settings)
    guard files.policy != nil || isLocal else {
      throw .configuration("TOPUP_POLICY_FILE is needed to listen on \(listen)")
    }
    grants = GrantBook(files.bindings)
    tokens = files.keys.map { keys in
      TokenVerifier(
        issuer: configuration.access.tokenIssuer, audience: configuration.access.tokenAudience,
        keys: keys, now: { Int64(time(nil)) })
    }
    interceptor = AuthorizationInterceptor(
      policy: files.policy, errorDomain: "topup.v1", checkToken: tokens?.check
    ) { record in
      logger.notice("authorization", metadata: Self.fields(of: record))
    }
    if let policy = files.policy, let bindings = files.bindings {
      logger.info(
        "calls are authorized",
        metadata: ["policy": "\(policy.name)", "bindings": "\(bindings.name)"])
    } else {
      logger.warning("no TOPUP_POLICY_FILE: every process of this machine may call everything")
    }
  }

  /// Has the files read again as they change: all of them count from then on, or none when one is
  /// wrong.
  /// - Returns: nil when there are none.
  func watch(on loop: any EventLoop) -> FileWatch? {
    if settings.policyFile.isEmpty { return nil }
    let words = FileWatch.Words(
      taken: "authorization files were read again",
      refused: "authorization files are wrong; those from before stay")
    return FileWatch(stamps, words, logger: logger, on: loop) { [self] in takeUp() }
  }

  private func takeUp() -> String? {
    do throws(StartError) {
      let files = try Self.load(settings)
      if let bindings = files.bindings { grants.replace(bindings) }
      if let policy = files.policy { interceptor.replace(policy: policy) }
      if let keys = files.keys { tokens?.replace(keys: keys) }
      return nil
    } catch { return "\(error)" }
  }

  private struct Files {
    var policy: AuthorizationPolicy?
    var bindings: Bindings?
    var keys: JSONWebKeySet?
  }

  private static func load(
    _ settings: Configuration.Access
  ) throws(StartError) -> Files {
    let policyText = try read("TOPUP_POLICY_FILE", settings.policyFile)
    let keysText = try read("TOPUP_JWKS_FILE", settings.keysFile)
    let bindingsText = try read("TOPUP_BINDINGS_FILE", settings.bindingsFile)
    var files = Files()
    if let bindingsText {
      do throws(BindingsError) { files.bindings = try Bindings(parsing: bindingsText) } catch {
        throw .configuration("TOPUP_BINDINGS_FILE: \(error)")
      }
    }
    var place = "TOPUP_POLICY_FILE"
    do throws(AuthorizationPolicyError) {
      if let policyText { files.policy = try AuthorizationPolicy(parsing: policyText) }
      place = "TOPUP_JWKS_FILE"
      if let keysText { files.keys = try JSONWebKeySet(parsing: keysText) }
      return files
    } catch { throw .configuration("\(place): \(error)") }
  }

  private static func read(_ setting: String, _ path: String) throws(StartError) -> [UInt8]? {
    if path.isEmpty { return nil }
    guard let bytes = HostFile.read(path, bytesMax: 1_048_576) else {
      throw .configuration("\(setting): cannot read \(path)")
    }
    return bytes
  }

  private static func fields(
    of record: AuthorizationInterceptor.AuditRecord
  ) -> Logger.Metadata {
    let rule =
      switch record.decision {
      case .allowed(let rule), .denied(let rule): rule
      case .noAllowRule: ""
      }
    return [
      "rpc_method": "\(record.method)", "principal": "\(record.principal ?? "")",
      "policy_name": "\(record.policy)", "matched_rule": "\(rule)",
      "authorized": "\(record.decision.isAllowed)",
    ]
  }
}
