internal import ArgumentParser
internal import RPCCore

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where topupd listens. Default: $TOPUP_ADDRESS, or 127.0.0.1:50051.",
      valueName: "host:port"),
    transform: Reading.address)
  var address: ServerAddress?

  @Option(
    help: ArgumentHelp(
      "Authorities that may vouch for the server, in PEM. Default: $TOPUP_TLS_CA, or the system's.",
      valueName: "file"))
  var tlsCa: String?

  @Option(
    help: ArgumentHelp(
      "Client certificate in PEM. Default: $TOPUP_TLS_CERT.", valueName: "file"))
  var cert: String?

  // Not `--key`, which is the idempotency key of a request.
  @Option(
    help: ArgumentHelp(
      "The certificate's private key in PEM. Default: $TOPUP_TLS_KEY.", valueName: "file"))
  var certKey: String?

  @Option(
    help: ArgumentHelp(
      "Name that the server's certificate must bear. Default: $TOPUP_SERVER_NAME, or the host.",
      valueName: "name"))
  var serverName: String?

  @Option(
    help: ArgumentHelp(
      "A file that holds a bearer token. Default: $TOPUP_TOKEN_FILE, or none.", valueName: "path"))
  var tokenFile: String?

  @Option(name: .shortAndLong, help: "How answers are printed: table, json or jsonl.")
  var output: OutputFormat = .table

  @Option(
    help: ArgumentHelp(
      "How long one call may take, such as 10, 0.5, 500ms or 2min. Streams have no such bound.",
      valueName: "seconds"), transform: Reading.span)
  var timeout: Duration = .seconds(10)

  @Option(help: "When colours are used: auto, always or never. NO_COLOR is heeded.")
  var color: ColorChoice = .auto

  @Option(help: "How failures are printed: text or json.")
  var errorFormat: ErrorFormat = .text

  @Flag(name: .shortAndLong, help: "Print status details and timing on standard error.")
  var verbose = false

  func validate() throws {
    guard timeout > .zero else { throw ValidationError("--timeout must be above zero") }
  }

  /// The token to call with; nil when none is named. Never an argument itself, for those can be
  /// read by every process of the machine.
  func token() throws(UsageError) -> String? {
    guard let path = tokenFile ?? Host.environment("TOPUP_TOKEN_FILE") else { return nil }
    guard let text = Host.text(ofFile: path, bytesMax: 8_193) else {
      throw UsageError("\(SafeText.shown(path)) cannot be read, or is too large for a token")
    }
    let token = text.hasSuffix("\n") ? String(text.dropLast()) : text
    guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw UsageError("\(SafeText.shown(path)) does not hold one token and nothing else")
    }
    return token
  }

  /// The flag, the environment, or the standard address, in this order.
  func serverAddress() throws(UsageError) -> ServerAddress {
    var address = try plainAddress()
    let tls = ClientTLS(
      authoritiesFile: tlsCa ?? Host.environment("TOPUP_TLS_CA"),
      certificateFile: cert ?? Host.environment("TOPUP_TLS_CERT"),
      keyFile: certKey ?? Host.environment("TOPUP_TLS_KEY"),
      serverName: serverName ?? Host.environment("TOPUP_SERVER_NAME"))
    // Any of them asks for TLS, and so does https://.
    if tls != ClientTLS() { address.tls = tls }
    guard !address.isUnix || address.tls == nil else {
      throw UsageError("a Unix-domain socket is private as it is: TLS is not spoken there")
    }
    return address
  }

  private func plainAddress() throws(UsageError) -> ServerAddress {
    if let address { return address }
    guard let text = Host.environment("TOPUP_ADDRESS") else { return .standard }
    do throws(UsageError) { return try ServerAddress(text) } catch {
      throw UsageError("TOPUP_ADDRESS \(SafeText.shown(text)): \(error.message)")
    }
  }
}
