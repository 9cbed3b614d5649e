import ArgumentParser
import Testing
import TopUpAPI

@testable import topupctl

@Suite struct AccountOptionsTests {
  @Test func `cluster and owner name a DDC account`() throws {
    let options = try AccountOptions.parse(["--cluster", "0x01", "--owner", "6U"])
    #expect(
      try options.required() == Account(kind: .ddc(DDCAccount(clusterID: "0x01", owner: "6U"))))
  }

  @Test func `tenant and user name an account in credits`() throws {
    let options = try AccountOptions.parse(["--tenant", "console", "--user", "42"])
    #expect(
      try options.required()
        == Account(kind: .credits(CreditsAccount(tenant: "console", user: "42"))))
  }

  @Test(arguments: [
    ["--cluster", "0x01"], ["--owner", "6U"], ["--tenant", "console"], ["--user", "42"],
    ["--cluster", "0x01", "--owner", "6U", "--tenant", "console", "--user", "42"],
  ])
  func `half an account, or two, is refused`(arguments: [String]) {
    #expect(throws: (any Error).self) { try AccountOptions.parse(arguments) }
  }

  @Test func `a command that needs an account says so`() throws {
    let options = try AccountOptions.parse([])
    #expect(options.named == nil)
    #expect(throws: UsageError.self) { try options.required() }
  }

  @Test func `the user of an account in credits pays for it unless another is named`() throws {
    let credits = Account(kind: .credits(CreditsAccount(tenant: "console", user: "42")))
    let none = try PayerOptions.parse([])
    #expect(try none.payer(of: credits) == Payer(tenant: "console", user: "42"))
    let other = try PayerOptions.parse(["--payer-tenant", "shop", "--payer-user", "7"])
    #expect(try other.payer(of: credits) == Payer(tenant: "shop", user: "7"))
  }

  @Test func `the payer of a DDC account must be named`() throws {
    let ddc = Account(kind: .ddc(DDCAccount(clusterID: "0x01", owner: "6U")))
    let none = try PayerOptions.parse([])
    #expect(throws: UsageError.self) { try none.payer(of: ddc) }
  }
}
