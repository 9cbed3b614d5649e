internal import ArgumentParser
internal import TopUpAPI

/// What a payer agrees to.
struct ConsentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The payer agreed to charges without being present: the version of the text shown, such as "
        + "auto-top-up-2026-11.", valueName: "version"))
  var consent: String?

  @Option(
    help: ArgumentHelp("With --consent: the most of one charge.", valueName: "money"),
    transform: Reading.money)
  var maxPerCharge: Money?

  @Option(
    help: ArgumentHelp("With --consent: the most of a calendar month.", valueName: "money"),
    transform: Reading.money)
  var maxPerMonth: Money?

  func validate() throws {
    if consent == nil, maxPerCharge != nil || maxPerMonth != nil {
      throw ValidationError("--max-per-charge and --max-per-month come with --consent")
    }
  }

  /// The consent that was given; nil for none. When it was given is the server's to say.
  var optional: Consent? {
    consent.map {
      Consent(textVersion: $0, maxPerCharge: maxPerCharge, maxPerMonth: maxPerMonth)
    }
  }
}
