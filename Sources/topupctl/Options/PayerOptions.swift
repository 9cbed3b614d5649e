internal import ArgumentParser
internal import TopUpAPI

/// Whose cards are meant.
struct PayerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The payer's tenant.", valueName: "name"))
  var payerTenant: String?

  @Option(help: ArgumentHelp("The tenant's id of the payer.", valueName: "id"))
  var payerUser: String?

  func validate() throws {
    if (payerTenant == nil) != (payerUser == nil) {
      throw ValidationError("--payer-tenant and --payer-user come together")
    }
  }

  /// The payer that was named; nil for none.
  var named: Payer? {
    guard let payerTenant, let payerUser else { return nil }
    return Payer(tenant: payerTenant, user: payerUser)
  }

  /// The payer that was named, or the user that an account in credits belongs to. A DDC account
  /// belongs to a key pair, which has no cards, so there the payer must be named.
  func payer(of account: Account? = nil) throws(UsageError) -> Payer {
    if let named { return named }
    if case .credits(let credits) = account?.kind {
      return Payer(tenant: credits.tenant, user: credits.user)
    }
    throw UsageError("a payer is needed: --payer-tenant and --payer-user")
  }
}
