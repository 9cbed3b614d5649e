internal import ArgumentParser
internal import TopUpAPI

/// A rule that is written in a file.
struct PolicyFileOption: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A rule as 'policy get -o json' prints it. Default: the rule in force.",
      valueName: "file"))
  var file: String?

  /// Nil where no file was named.
  func policy() throws(UsageError) -> Policy? {
    guard let file else { return nil }
    return try PolicyFile.policy(at: file)
  }
}
