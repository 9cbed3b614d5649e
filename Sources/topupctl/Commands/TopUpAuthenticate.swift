internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// What a person needs to finish a payment that the issuer wants authenticated.
struct TopUpAuthenticate: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "authenticate",
    abstract: "Get what the payer needs to authenticate a top-up's payment.",
    discussion: """
      For a top-up that is ACTION_REQUIRED: the secret for a device that the payer has at hand, and \
      a token for a link that is sent to the payer, good for one use. 'topupctl topup redeem' uses it.
      """)

  @Argument(help: "The top-up's id.")
  var id: String

  @Option(
    help: ArgumentHelp("Where the payer is sent afterwards, https://….", valueName: "address"))
  var returnURL: String = ""

  @OptionGroup var global: GlobalOptions

  func run(in session: Session) async throws {
    let request = CreateAuthenticationRequest(topUpID: id, returnURL: returnURL)
    let response = try await session.call(TopUpRPC.createAuthentication) {
      connection async throws(RPCError) in
      try await connection.topUps.createAuthentication(request, options: connection.unary)
    }
    session.console.show(response.json) { report in
      report.add(
        Table(fields: [
          ("client secret", Cell(response.clientSecret)),
          ("card", Cell(response.paymentMethodID)),
          ("token", Cell(response.oneTimeToken, .strong)),
          ("until", Cell(TimeText.local.moment(response.expiresAt), .waiting)),
        ]))
    }
    session.console.note("both are for the payer alone; the token is good for one use")
  }
}

/// Uses a token that came back by a link.
struct TopUpRedeem: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "redeem",
    abstract: "Use the token of a link, once, for the secret that the payer's device needs.")

  /// Longest token that is read.
  private static let tokenBytesMax = 256

  @Argument(
    help: ArgumentHelp(
      "A file that holds the token; - for standard input. A token is never an argument.",
      valueName: "file"))
  var file: String

  @OptionGroup var global: GlobalOptions

  func run(in session: Session) async throws {
    let path = file == "-" ? "/dev/stdin" : file
    guard let text = Host.text(ofFile: path, bytesMax: Self.tokenBytesMax) else {
      throw UsageError("the token cannot be read from \(file)")
    }
    let request = RedeemAuthenticationRequest(
      oneTimeToken: text.last == "\n" ? String(text.dropLast()) : text)
    let response = try await session.call(TopUpRPC.redeemAuthentication) {
      connection async throws(RPCError) in
      try await connection.topUps.redeemAuthentication(request, options: connection.unary)
    }
    session.console.show(response.json) { report in
      TopUpView(response.topUp ?? TopUpRecord()).writeSummary(to: &report)
      report.add(
        Table(fields: [
          ("client secret", Cell(response.clientSecret)),
          ("card", Cell(response.paymentMethodID)),
          ("then to", Cell(response.returnURL)),
          ("until", Cell(TimeText.local.moment(response.expiresAt), .waiting)),
        ]))
    }
  }
}
