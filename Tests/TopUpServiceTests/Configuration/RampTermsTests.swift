import Testing
import TopUpCore

@testable import TopUpService

/// The settings of the ramp's guards.
@Suite struct RampTermsTests {
  private static let needed = [
    "TOPUP_STRIPE_KEY": "sk_test_1", "TOPUP_STRIPE_WEBHOOK_SECRET": "whsec_1",
    "TOPUP_RAMP_URL": "http://127.0.0.1:1", "TOPUP_NODE_URL": "http://127.0.0.1:2",
  ]

  private func terms(_ settings: [String: String]) throws -> RampTerms {
    var reader = ConfigurationReader(
      environment: Self.needed.merging(settings) { $1 }, readFile: { _ in nil })
    return try reader.read().ramp
  }

  @Test func `the band is 20 per cent and the span an hour unless they are set`() throws {
    let standard = try terms([:])
    #expect(standard.band.percent == 20 && standard.probeSpan == .seconds(3_600))
    let set = try terms([
      "TOPUP_PRICE_BAND_PERCENT": "90", "TOPUP_RAMP_PROBE_SECONDS": "60",
    ])
    #expect(set.band.percent == 90 && set.probeSpan == .seconds(60))
  }

  @Test(arguments: [
    ("PRICE_BAND_PERCENT", "0"), ("PRICE_BAND_PERCENT", "91"), ("PRICE_BAND_PERCENT", "20%"),
    ("RAMP_PROBE_SECONDS", "59"), ("RAMP_PROBE_SECONDS", "604801"), ("RAMP_PROBE_SECONDS", "1h"),
  ])
  func `a guard that is set out of its range stops the start`(name: String, value: String) {
    #expect(throws: ConfigurationError.self) { try terms(["TOPUP_\(name)": value]) }
  }
}
