internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// What a person acts on, as who, and why.
struct ReviewTarget: ParsableArguments {
  @Argument(help: "The top-up's id.")
  var id: String

  @Option(
    name: .customLong("version"),
    help: ArgumentHelp(
      "The version that you looked at; refused when it has moved since.", valueName: "number"))
  var expectedVersion: Int64 = 0

  @OptionGroup var actor: ActorOptions
  @OptionGroup var key: KeyOption

  /// Makes the call, and tells where it left the top-up.
  func act(
    _ verb: ReviewVerb, _ outcome: ReviewOutcome = .unspecified, evidence: String = "",
    in session: Session
  ) async throws {
    let actor = try actor.required()
    let key = key.key(telling: session.console)
    let request = ActOnReviewItemRequest(
      id: id, verb: verb, actor: actor, idempotencyKey: key, expectedVersion: expectedVersion,
      outcome: outcome, evidence: evidence)
    let response = try await session.call(AdminRPC.actOnReviewItem, key: key) {
      connection async throws(RPCError) in
      try await connection.admin.actOnReviewItem(request, options: connection.unary)
    }
    session.console.show(response.json) { report in
      if response.awaitsSecondPerson {
        report.add(Cell("noted: a second person must ask for the same", .waiting))
      }
      TopUpView(response.topUp ?? TopUpRecord()).writeSummary(to: &report)
    }
  }
}
