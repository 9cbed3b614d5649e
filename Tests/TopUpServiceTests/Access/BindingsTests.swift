import Testing
import TopUpCore

@testable import TopUpService

@Suite struct BindingsTests {
  private static let cluster = "0x0059f5ada35eee46802d80750d5ca4a490640511"
  private static let owner = "0x" + String(repeating: "07", count: 32)

  private func bindings(_ entries: String) throws -> Bindings {
    try Bindings(parsing: Array("{\"name\": \"t\", \"bindings\": [\(entries)]}".utf8))
  }

  private func account(_ cluster: String = cluster, _ owner: String = owner) throws -> AccountKey {
    .ddc(
      DDCAccount(
        cluster: try #require(ClusterID(hex: cluster)),
        owner: try AccountID32(text: owner, accepting: .cere)))
  }

  @Test func `a caller may what any binding that names it says, and no more`() throws {
    let bindings = try bindings(
      """
      {"name": "a", "principals": ["console", "spiffe://x/*"], "tenants": ["acme"]},
      {"name": "b", "principals": ["console"], "tenants": ["emca"], "service": true},
      {"name": "c", "principals": ["console"], "sources": ["n"]}
      """)
    let both = bindings.grant(of: "console")
    #expect(both.refusal(tenant: "acme", "f") == nil)
    #expect(both.refusal(tenant: "emca", "f") == nil)
    #expect(both.serviceRefusal == nil)
    let one = bindings.grant(of: "spiffe://x/y")
    #expect(one.refusal(tenant: "emca", "payer.tenant")?.field == "payer.tenant")
    #expect(one.refusal(tenant: "emca", "f")?.boundTo == "tenant acme")
    #expect(one.serviceRefusal != nil)
    for nobody in ["consol", "console2", "spiffe://xy", "", nil] {
      #expect(bindings.grant(of: nobody) == .nothing)
    }
  }

  @Test func `a chain account goes with its cluster or by itself`() throws {
    let other = "0x" + String(repeating: "08", count: 32)
    let bindings = try bindings(
      """
      {"name": "a", "principals": ["node"], "clusters": ["\(Self.cluster)"]},
      {"name": "b", "principals": ["console"],
       "accounts": [{"cluster_id": "\(Self.cluster)", "owner": "\(Self.owner)"}]}
      """)
    let node = bindings.grant(of: "node")
    #expect(node.refusal(account: try account(), "account") == nil)
    #expect(node.refusal(account: try account(Self.cluster, other), "account") == nil)
    let elsewhere = "0x" + String(repeating: "11", count: 20)
    #expect(
      node.refusal(account: try account(elsewhere), "account")
        == GrantRefusal(
          field: "account.ddc.cluster_id", boundTo: "cluster \(Self.cluster)"))
    let console = bindings.grant(of: "console")
    #expect(console.refusal(account: try account(), "account") == nil)
    let refusal = console.refusal(account: try account(Self.cluster, other), "account")
    #expect(refusal?.field == "account.ddc.owner")
    #expect(refusal?.boundTo.contains(String(repeating: "07", count: 32)) == true)
    guard case .ddc(let own) = try account(),
      case .ddc(let others) = try account(Self.cluster, other)
    else { return }
    #expect(console.refusal(reported: own, "event") == nil)
    #expect(console.refusal(reported: others, "event")?.field == "event.owner")
    let credits = AccountKey.credits(CreditsAccount(tenant: "acme", user: "u"))
    #expect(console.refusal(account: credits, "account")?.field == "account.credits.tenant")
  }

  @Test func `a source is what the principal's asterisk stands for`() throws {
    let bindings = try bindings(
      "{\"name\": \"a\", \"principals\": [\"spiffe://d/node/*\"], \"sources\": [\"{rest}\"]}")
    let node = bindings.grant(of: "spiffe://d/node/7")
    #expect(node.refusal(source: "7", "source_id") == nil)
    for other in ["8", "77", "", "{rest}", "*"] {
      #expect(
        node.refusal(source: other, "source_id")
          == GrantRefusal(field: "source_id", boundTo: "source 7"))
    }
    #expect(bindings.grant(of: "spiffe://d/node/").refusal(source: "", "s") != nil)
  }

  @Test func `two names that only look alike are two tenants`() throws {
    let bindings = try bindings(
      "{\"name\": \"a\", \"principals\": [\"c\"], \"tenants\": [\"caf\u{E9}\"]}")
    #expect(bindings.grant(of: "c").refusal(tenant: "caf\u{E9}", "f") == nil)
    #expect(bindings.grant(of: "c").refusal(tenant: "cafe\u{301}", "f") != nil)
  }

  @Test func `a long list is cut short in a refusal`() throws {
    let tenants = (10...30).map { "\"t\($0)\"" }.joined(separator: ",")
    let bindings = try bindings(
      "{\"name\": \"a\", \"principals\": [\"c\"], \"tenants\": [\(tenants)]}")
    #expect(
      bindings.grant(of: "c").refusal(tenant: "x", "f")?.boundTo
        == "tenants t10, t11, t12, t13, t14, t15, t16, t17 and 13 more")
  }

  @Test(arguments: [
    ("\"tenants\": [\"a\"], \"tenant\": [\"b\"]", "bindings[0].tenant: is not a known key"),
    ("\"tenants\": []", "bindings[0].tenants: must be a list that is not empty"),
    ("\"tenants\": [\"*\", \"a\"]", "bindings[0].tenants[0]: * stands alone"),
    ("\"tenants\": [\"a*\"]", "bindings[0].tenants[0]: must be 1 to 128 bytes"),
    ("\"tenants\": [\"a\", \"a\"]", "bindings[0].tenants[1]: stands twice"),
    ("\"tenants\": [\"a\\n\"]", "bindings[0].tenants[0]: must be 1 to 128 bytes"),
    ("\"tenants\": [7]", "bindings[0].tenants[0]: must be a text"),
    ("\"clusters\": [\"0x12\"]", "bindings[0].clusters[0]: must be 0x and 40"),
    (
      "\"accounts\": [{\"cluster_id\": \"0x12\", \"owner\": \"5x\"}]",
      "bindings[0].accounts[0].cluster_id: must be 0x and 40"
    ),
    ("\"sources\": [\"{rest}\"]", "bindings[0].sources[0]: {rest} needs an asterisk"),
    ("\"service\": \"yes\"", "bindings[0].service: must be true or false"),
    ("\"service\": false", "bindings[0]: binds to nothing"),
  ])
  func `a wrong entry is told with its place`(entry: String, fault: String) {
    #expect { try bindings("{\"name\": \"a\", \"principals\": [\"c\"], \(entry)}") } throws: {
      "\($0)".hasPrefix(fault)
    }
  }

  @Test(arguments: [
    ("[]", "must be an object"), ("{\"name\": \"t\"}", "bindings: is required"),
    (
      "{\"name\": \"t\", \"bindings\": [{\"name\": \"a\", \"tenants\": [\"x\"]}]}",
      "bindings[0].principals: is required"
    ),
    (
      "{\"name\": \"t\", \"bindings\": [{\"name\": \"a\", \"principals\": [\"*\"],"
        + "\"tenants\": [\"x\"]}]}", "bindings[0].principals[0]: must be a name"
    ),
    (
      "{\"name\": \"t\", \"bindings\": [{\"name\": \"a\", \"principals\": [\"*x\"],"
        + "\"tenants\": [\"x\"]}]}", "bindings[0].principals[0]: must be a name"
    ),
    (
      "{\"name\": \"t\", \"bindings\": [{\"name\": \"a\", \"principals\": [\"x\"],"
        + "\"service\": true},{\"name\": \"a\", \"principals\": [\"y\"], \"service\": true}]}",
      "bindings[1].name: stands twice"
    ),
  ])
  func `a wrong file is told with its place`(text: String, fault: String) {
    #expect { try Bindings(parsing: Array(text.utf8)) } throws: { "\($0)".hasPrefix(fault) }
  }

  @Test func `the example of deploy binds each to its own`() throws {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let text = try #require(
      HostFile.read("/\(root)/deploy/policy/bindings.json", bytesMax: 65_536))
    let bindings = try Bindings(parsing: text)
    let node = bindings.grant(of: "spiffe://ddc.example/node/first/n1")
    #expect(node.refusal(source: "n1", "f") == nil)
    #expect(node.refusal(tenant: "acme", "f") != nil)
    let console = bindings.grant(of: "spiffe://topup.example/console/acme")
    #expect(console.refusal(tenant: "acme", "f") == nil)
    #expect(console.refusal(source: "n1", "f") != nil)
    #expect(bindings.grant(of: "spiffe://topup.example/operator/a") == .everything)
    #expect(bindings.grant(of: "spiffe://topup.example/console/acme2") == .nothing)
  }

  @Test func `other bindings count at once, and none bind nobody`() throws {
    let open = GrantBook(nil)
    #expect(open.grant(of: nil as String?) == .everything)
    let book = GrantBook(
      try bindings("{\"name\": \"a\", \"principals\": [\"c\"], \"tenants\": [\"x\"]}"))
    #expect(book.grant(of: "c").refusal(tenant: "x", "f") == nil)
    #expect(book.grant(of: nil as String?) == .nothing)
    book.replace(
      try bindings("{\"name\": \"a\", \"principals\": [\"c\"], \"tenants\": [\"y\"]}"))
    #expect(book.grant(of: "c").refusal(tenant: "x", "f") != nil)
    #expect(book.grant(of: "c").refusal(tenant: "y", "f") == nil)
  }

  @Test func `no more callers are kept ready than so many`() throws {
    let book = GrantBook(
      try bindings("{\"name\": \"a\", \"principals\": [\"c/*\"], \"tenants\": [\"x\"]}"))
    for number in 0..<3_000 {
      #expect(book.grant(of: "c/\(number)").refusal(tenant: "x", "f") == nil)
      #expect(book.keptCount <= GrantBook.keptMax)
    }
    #expect(book.keptCount > 0)
  }
}
