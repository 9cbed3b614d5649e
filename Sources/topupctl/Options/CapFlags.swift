internal import ArgumentParser
internal import TopUpAPI

/// Whose caps are meant: a tenant's, or the whole service's.
struct CapScopeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The tenant.", valueName: "name"))
  var tenant: String?

  @Flag(help: "The whole service.")
  var service = false

  func validate() throws {
    guard (tenant != nil) != service else {
      throw ValidationError("whose caps: --tenant NAME, or --service")
    }
  }

  /// As the call has it; empty for the service.
  var name: String { tenant ?? "" }
}

/// What a person may say of caps; what is not said stays as it is.
struct CapFlags: ParsableArguments {
  @Option(help: ArgumentHelp("The most of a calendar day; none removes it.", valueName: "money"))
  var dayCap: String?

  @Option(help: ArgumentHelp("The most of a calendar month; none removes it.", valueName: "money"))
  var monthCap: String?

  @Option(help: ArgumentHelp("The most top-ups of a day; 0 removes it.", valueName: "count"))
  var dayCount: Int32?

  @Option(help: ArgumentHelp("The most top-ups of a month; 0 removes it.", valueName: "count"))
  var monthCount: Int32?

  @Option(
    help: ArgumentHelp(
      "Whose days and months, such as Europe/Berlin; another zone begins new windows.",
      valueName: "zone"))
  var zone: String?

  /// The caps with these changes.
  func applied(to before: Caps) throws(UsageError) -> Caps {
    var caps = before
    caps.day = try cap(before.day, dayCap, dayCount, before.currency, "--day-cap")
    caps.month = try cap(before.month, monthCap, monthCount, before.currency, "--month-cap")
    if let zone { caps.timeZone = zone }
    return caps
  }

  private func cap(
    _ before: Cap?, _ amount: String?, _ count: Int32?, _ currency: String, _ option: String
  ) throws(UsageError) -> Cap {
    var cap = before ?? Cap()
    if let amount { cap.amount = try PolicyFlags.bound(amount, in: currency, option) }
    if let count { cap.count = count }
    return cap
  }
}
