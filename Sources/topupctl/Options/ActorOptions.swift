internal import ArgumentParser
internal import TopUpAPI

/// Who does something, and why: kept with the change.
struct ActorOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Who does this. Default: ops: and $USER.", valueName: "name"))
  var actor: String?

  @Option(help: ArgumentHelp("Why, in a sentence.", valueName: "text"))
  var reason: String?

  /// Who it is; the reason is empty where the command does without.
  var optional: ActorMessage {
    ActorMessage(
      name: actor ?? "ops:\(Host.environment("USER") ?? "unknown")", reason: reason ?? "")
  }

  /// - Throws: ``UsageError`` without a reason.
  func required() throws(UsageError) -> ActorMessage {
    guard let reason, !reason.isEmpty else {
      throw UsageError("a reason is needed, for whoever reads the log: --reason \"…\"")
    }
    return optional
  }
}
