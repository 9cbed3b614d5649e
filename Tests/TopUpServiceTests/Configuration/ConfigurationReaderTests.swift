import Testing
import TopUpCore

@testable import TopUpService

/// Settings that look right and are not stop the start.
@Suite struct ConfigurationReaderTests {
  private static let needed = [
    "TOPUP_STRIPE_KEY": "sk_test_1", "TOPUP_STRIPE_WEBHOOK_SECRET": "whsec_1",
    "TOPUP_RAMP_URL": "http://127.0.0.1:1", "TOPUP_NODE_URL": "http://127.0.0.1:2",
  ]

  /// - Parameter file: what every file that is named holds.
  private func read(
    _ settings: [String: String], file: String = ""
  ) throws(ConfigurationError) -> Configuration {
    var environment = Self.needed.merging(settings) { $1 }
    for name in settings.keys where name.hasSuffix("_FILE") {
      environment[String(name.dropLast("_FILE".count))] = nil
    }
    var reader = ConfigurationReader(environment: environment, readFile: { _ in file })
    return try reader.read()
  }

  private func faults(_ settings: [String: String], file: String = "") -> [String] {
    do throws(ConfigurationError) {
      _ = try read(settings, file: file)
      return []
    } catch { return error.faults }
  }

  // MARK: Secrets

  @Test(arguments: ["whsec_1", "whsec_1\n", "whsec_1\r\n"])
  func `a line's end at the end of a secret's file is no part of it`(file: String) throws {
    let read = try read(
      ["TOPUP_STRIPE_WEBHOOK_SECRET_FILE": "a", "TOPUP_RAMP_KEY_FILE": "b"], file: file)
    #expect(read.webhookSecrets.map { $0.reveal() } == ["whsec_1"])
    #expect(read.rampKey?.reveal() == "whsec_1")
  }

  @Test(arguments: [
    "wh sec", "whsec_1\n\n", "whsec_1\t", "whsec_1\u{7F}", "whs\u{E9}c", "\u{FEFF}whsec_1", "",
    "\r\n",
  ])
  func `a secret with what nobody sees in it is refused, and not told`(file: String) {
    for name in ["STRIPE_WEBHOOK_SECRET", "STRIPE_KEY", "RAMP_KEY"] {
      let faults = faults(["TOPUP_\(name)_FILE": "a"], file: file)
      #expect(faults.count == 1 && faults[0].hasPrefix("TOPUP_\(name)"), "\(faults)")
      #expect(!faults.joined().contains("whs"))
    }
  }

  @Test func `of several secrets each is held to it, blanks between them are not`() throws {
    let name = "TOPUP_STRIPE_WEBHOOK_SECRET"
    let read = try read([name: "whsec_1, whsec_2"])
    #expect(read.webhookSecrets.map { $0.reveal() } == ["whsec_1", "whsec_2"])
    // One that is empty would be anybody's.
    for text in ["whsec_1, ,whsec_2", "whsec_1,whsec 2", "whsec_1,whsec_2\r\n"] {
      #expect(faults([name: text]).count == 1, "\(text)")
    }
  }

  // MARK: Two persons

  @Test func `two persons are asked for only where callers prove who they are (52)`() throws {
    let faults = faults(["TOPUP_REVIEW_SECOND_PERSON": "true"])
    #expect(faults.count == 1 && faults[0].contains("TOPUP_POLICY_FILE"), "\(faults)")
    #expect(
      try read([
        "TOPUP_REVIEW_SECOND_PERSON": "true", "TOPUP_POLICY_FILE": "p",
        "TOPUP_BINDINGS_FILE": "b",
      ]).needsSecondPerson)
    #expect(try !read(["TOPUP_REVIEW_SECOND_PERSON": "false"]).needsSecondPerson)
  }

  // MARK: Prices

  @Test func `blanks behind a comma are no part of a tenant's name`() throws {
    let read = try read([
      "TOPUP_CREDIT_RATES": "console:USD:100, console:EUR:110",
      "TOPUP_CREDIT_TIERS": " console:plus:EUR:1000:5 ,console:plus:USD:900:5",
    ])
    let list = read.prices.list(of: "console")
    #expect(list.rates.count == 2 && list.tiers.count == 2)
  }

  @Test(arguments: ["console :USD:100", "con\u{7F}sole:USD:100", " \t:USD:100"])
  func `a tenant that nobody could name is refused`(item: String) {
    let faults = faults(["TOPUP_CREDIT_RATES": "other:USD:1,\(item)"])
    #expect(faults.count == 1 && faults[0].hasPrefix("TOPUP_CREDIT_RATES"), "\(faults)")
  }
}
