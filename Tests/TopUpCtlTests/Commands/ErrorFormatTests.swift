import Testing

@testable import topupctl

@Suite struct ErrorFormatTests {
  @Test func `the format of errors is known even where the command line is wrong`() {
    #expect(TopUpCtl.errorFormat(in: ["topup", "--error-format", "json", "nonsense"]) == .json)
    #expect(TopUpCtl.errorFormat(in: ["--error-format=json"]) == .json)
    #expect(TopUpCtl.errorFormat(in: ["--error-format", "text", "json"]) == .text)
    #expect(TopUpCtl.errorFormat(in: []) == .text)
  }
}
