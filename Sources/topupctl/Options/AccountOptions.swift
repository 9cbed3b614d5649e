internal import ArgumentParser
internal import TopUpAPI

/// Which balance is meant: a DDC account by cluster and owner, or credits by tenant and user.
struct AccountOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The DDC cluster: 0x and 40 hex digits.", valueName: "0x…"))
  var cluster: String?

  @Option(
    help: ArgumentHelp(
      "Owner in the cluster: an SS58 address, or 0x and 64 hex digits.",
      valueName: "address"))
  var owner: String?

  @Option(help: ArgumentHelp("For credits: the tenant.", valueName: "name"))
  var tenant: String?

  @Option(help: ArgumentHelp("For credits: the tenant's user.", valueName: "id"))
  var user: String?

  func validate() throws {
    if (cluster == nil) != (owner == nil) {
      throw ValidationError("--cluster and --owner come together")
    }
    if (tenant == nil) != (user == nil) {
      throw ValidationError("--tenant and --user come together")
    }
    if cluster != nil, tenant != nil {
      throw ValidationError("one account at a time: --cluster and --owner, or --tenant and --user")
    }
  }

  /// The account that was named; nil for none.
  var named: Account? {
    if let cluster, let owner {
      return Account(kind: .ddc(DDCAccount(clusterID: cluster, owner: owner)))
    }
    if let tenant, let user {
      return Account(kind: .credits(CreditsAccount(tenant: tenant, user: user)))
    }
    return nil
  }

  /// - Throws: ``UsageError`` when no account was named.
  func required() throws(UsageError) -> Account {
    guard let named else {
      throw UsageError("an account is needed: --cluster and --owner, or --tenant and --user")
    }
    return named
  }
}
