import Testing

@testable import SimulatedWorld

@Suite struct RequestTargetTests {
  @Test(arguments: [
    ("/v1/charges?a=b&c", ["v1", "charges"], "a=b&c"),
    ("http://127.0.0.1:80/v1/orders/tu_1%3A1", ["v1", "orders", "tu_1:1"], ""),
    ("https://host", [""], ""), ("/a+b", ["a+b"], ""),
  ])
  func `paths and queries are taken apart`(url: String, segments: [String], query: String) throws {
    let target = try #require(RequestTarget(url: url))
    #expect(target.segments == segments)
    #expect(target.query == query)
  }

  @Test(arguments: ["", "v1/charges", "/a%2", "/a%zz", "/%ff"])
  func `what is no path is refused`(url: String) {
    #expect(RequestTarget(url: url) == nil)
  }
}
