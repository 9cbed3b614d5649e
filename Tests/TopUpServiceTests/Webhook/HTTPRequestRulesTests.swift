import Testing
import TopUpService

@Suite struct HTTPRequestRulesTests {
  @Test(arguments: ["", "webhooks", "/a?b", "/a#b", "/a b", "/\u{E4}", "http://a/b", "*"])
  func `a path that no request could have is a wrong setting`(path: String) {
    #expect(throws: HTTPRequestRules.Fault.badPath(path)) {
      _ = try HTTPRequestRules(path: path, hosts: ["a"])
    }
  }

  @Test(arguments: ["", "a b", "a/b", "http://a", "a:", "[::1", "\u{E4}.example", "*.example.com"])
  func `a host that no Host field could name is a wrong setting`(host: String) {
    #expect(throws: HTTPRequestRules.Fault.badHost(host)) {
      _ = try HTTPRequestRules(path: "/", hosts: ["a.example", host])
    }
  }

  @Test func `rules that would refuse everything are a wrong setting`() {
    #expect(throws: HTTPRequestRules.Fault.noHosts) {
      _ = try HTTPRequestRules(path: "/", hosts: [])
    }
    #expect(throws: HTTPRequestRules.Fault.self) {
      _ = try HTTPRequestRules(path: "/", hosts: ["a"], bodyBytesMax: 0)
    }
    #expect(throws: HTTPRequestRules.Fault.self) {
      _ = try HTTPRequestRules(path: "/", hosts: ["a"], headBytesMax: 0)
    }
    #expect(throws: HTTPRequestRules.Fault.self) {
      _ = try HTTPRequestRules(path: "/", hosts: ["a"], fieldsMax: 0)
    }
  }

  @Test(arguments: [
    ("a.example", "a.example:8080", true), ("A.example", "a.EXAMPLE", true),
    ("a.example:80", "a.example", false), ("a.example:80", "a.example:80", true),
    ("[::1]", "[::1]:8080", true), ("[::1]:80", "[::1]:81", false),
    ("a.example", "b.a.example", false), ("a.example", "a.example.", false),
  ])
  func `a listed host without a port stands for every port`(
    listed: String, host: String, isServed: Bool
  ) throws {
    let rules = try HTTPRequestRules(path: "/webhooks/stripe", hosts: [listed])
    let bytes = WebhookRequest().replacing("Host: \(host)").bytes
    switch HTTPRequestParser.read(bytes, rules).progress {
    case .complete: #expect(isServed)
    case .refused(let refusal):
      #expect(!isServed)
      #expect(refusal == .hostUnknown)
    case .readingHead, .readingBody: Issue.record("not read whole")
    }
  }
}
