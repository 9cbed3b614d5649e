internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// The ramp: whether charges that it is to deliver are begun, and at which prices.
struct RampCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ramp", abstract: "Show how the ramp stands, and let charging for it go on.",
    subcommands: [Status.self, ClearBreaker.self, AcceptPrice.self])

  struct Status: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the ramp's breaker, what it can deliver, and the accepted prices.")

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let ramp = try await session.call(AdminRPC.getRamp) { connection async throws(RPCError) in
        try await connection.admin.getRamp(GetRampRequest(), options: connection.unary)
      }
      session.console.show(ramp.json) { report in RampView.write(ramp, to: &report) }
    }
  }

  struct ClearBreaker: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let charges go on that the ramp is to deliver.",
      discussion: "Accounts that waited for it are looked at at once.")

    @OptionGroup var version: VersionOption
    @OptionGroup var actor: ActorOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = ClearRampBreakerRequest(
        actor: try actor.required(), expectedVersion: version.version)
      let response = try await session.call(AdminRPC.clearRampBreaker) {
        connection async throws(RPCError) in
        try await connection.admin.clearRampBreaker(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        report.add(RampView.state(response.breaker))
      }
    }
  }

  struct AcceptPrice: SessionCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a price for right that moved too far by itself.",
      discussion: """
        Quotes are held against it from then on. Accounts that waited for it are looked at at once.

        topupctl ramp accept-price --rate 0.0025 --currency USD --reason "seen on two markets"
        """)

    @Option(
      help: ArgumentHelp("What one CERE costs, such as 0.00125.", valueName: "amount"))
    var rate: String
    @Option(help: ArgumentHelp("The currency it is in.", valueName: "code"))
    var currency: String
    @OptionGroup var version: VersionOption
    @OptionGroup var actor: ActorOptions
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
      let request = AcceptPriceRequest(
        currency: currency.uppercased(), rateNano: try RampView.rateNano(rate),
        actor: try actor.required(), expectedVersion: version.version)
      let response = try await session.call(AdminRPC.acceptPrice) {
        connection async throws(RPCError) in
        try await connection.admin.acceptPrice(request, options: connection.unary)
      }
      session.console.show(response.json) { report in
        report.add(RampView.prices(response.price.map { [$0] } ?? []))
      }
    }
  }
}

/// The version that a change is made from.
struct VersionOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The version that was looked at; a change in between is refused.", valueName: "number"))
  var version: Int64 = 0
}
