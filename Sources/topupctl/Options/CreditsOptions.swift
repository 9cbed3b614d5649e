internal import ArgumentParser
internal import TopUpAPI

/// Whose credits are meant.
struct CreditsOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The tenant.", valueName: "name"))
  var tenant: String

  @Option(help: ArgumentHelp("The tenant's user.", valueName: "id"))
  var user: String

  var account: CreditsAccount { CreditsAccount(tenant: tenant, user: user) }
}
