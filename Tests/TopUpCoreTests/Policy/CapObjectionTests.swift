import Testing
import TopUpCore

/// A refusal for a cap says which, how much of it is used, and when it frees.
@Suite struct CapObjectionTests {
  private static let ends = UnixTime(seconds: 1_795_305_600)

  private static func window(
    _ key: String, _ cap: Policy.Cap, rule: CapRule.Reference? = nil
  ) -> CapWindow {
    CapWindow(
      key: key, name: "the day 2026-11-21 (UTC) of the service", cap: cap, usedCount: 3,
      usedMinorUnits: 9_000, ends: ends, rule: rule)
  }

  @Test func `an objection names the cap, its limits, their use and the window's end (5)`() throws {
    let both = Self.window("w", Policy.Cap(count: 3, minorUnits: 10_000))
    let objection = try #require([both].objection(to: Sample.usd(500)))
    #expect(
      "\(objection)"
        == "5.00 USD does not fit into the day 2026-11-21 (UTC) of the service: used are "
        + "90.00 USD of 100.00 USD and 3 of 3 top-ups; it ends at 2026-11-22T00:00:00Z")
    let amount = Self.window("w", Policy.Cap(minorUnits: 9_499))
    #expect([amount].objection(to: Sample.usd(500))?.description.contains("top-ups") == false)
  }

  @Test func `the first window that is full objects, and one that just fits does not (6)`() {
    let fits = Self.window("a", Policy.Cap(count: 4, minorUnits: 9_500))
    let full = Self.window("b", Policy.Cap(minorUnits: 9_499))
    let later = Self.window("c", Policy.Cap(count: 1))
    #expect([fits, full, later].objection(to: Sample.usd(500))?.window.key == "b")
    #expect([fits].objection(to: Sample.usd(500)) == nil)
  }

  @Test func `each rule that windows are bounded by is named once`() {
    let rule = CapRule.Reference(scope: .service, currency: .usd, version: 2)
    let other = CapRule.Reference(scope: .tenant("acme"), currency: .usd, version: 0)
    let cap = Policy.Cap()
    let windows = [
      Self.window("a", cap), Self.window("b", cap, rule: rule), Self.window("c", cap, rule: rule),
      Self.window("d", cap, rule: other),
    ]
    #expect(windows.rules == [rule, other])
  }

  @Test func `no two scopes have one name, whatever a tenant is called`() {
    let scopes: [CapScope] = [
      .service, .tenant("service"), .tenant("a"), .tenant("a:day"), .tenant("1:a"),
    ]
    #expect(Set(scopes.map(\.name)).count == scopes.count)
  }

  @Test func `a moment is told in UTC, with milliseconds where it has any`() {
    let cases: [(Int64, String)] = [
      (0, "1970-01-01T00:00:00Z"), (1_795_305_599_007, "2026-11-21T23:59:59.007Z"),
      (-1, "1969-12-31T23:59:59.999Z"), (1_709_164_800_000, "2024-02-29T00:00:00Z"),
    ]
    for (milliseconds, text) in cases {
      #expect(UnixTime(milliseconds: milliseconds).description == text)
    }
  }
}
