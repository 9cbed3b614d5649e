import ProtobufRuntime
import RPCCore
import RPCServices
import StrictJSON
import Testing

@testable import topupctl

@Suite struct FailureReportTests {
  private func report(
    _ code: StatusCode, _ message: String, _ details: [any ProtobufMessage] = [],
    key: String? = nil
  ) -> FailureReport {
    FailureReport(
      CallFailure(
        error: RPCError(code, message, details: details), method: "/topup.v1.TopUp/GetTopUp",
        address: .standard, idempotencyKey: key))
  }

  private func lines(_ report: FailureReport, isVerbose: Bool = false) -> [String] {
    report.lines(isVerbose: isVerbose, isColoured: false)
  }

  @Test func `a failure is one line with its status`() {
    let report = report(.notFound, "there is no top-up tu_1")
    #expect(lines(report) == ["error: NOT_FOUND: there is no top-up tu_1"])
    #expect(report.exitStatus == 69)
  }

  @Test func `wrong fields stand below, each with its reason`() {
    let details: [any ProtobufMessage] = [
      GoogleErrorInfo(reason: "INVALID_FIELD", domain: "topup.v1"),
      GoogleBadRequest(fieldViolations: [
        .init(field: "account.ddc.owner", description: "the checksum does not match"),
        .init(field: "amount", description: "is required"),
      ]),
    ]
    let report = report(
      .invalidArgument,
      "account.ddc.owner: the checksum does not match; amount: is required", details)
    #expect(
      lines(report) == [
        "error: INVALID_ARGUMENT: 2 fields of the request are wrong",
        "  account.ddc.owner: the checksum does not match",
        "  amount: is required",
      ])
  }

  @Test func `a message that says more than its fields is kept`() {
    let report = report(
      .alreadyExists, "key k came before",
      [
        GoogleErrorInfo(reason: "IDEMPOTENCY_KEY_REUSED", domain: "topup.v1"),
        GoogleBadRequest(fieldViolations: [
          .init(field: "idempotency_key", description: "was used with another request")
        ]),
      ])
    #expect(
      lines(report) == [
        "error: ALREADY_EXISTS: key k came before",
        "  idempotency_key: was used with another request",
        "help: take another --key, or see what this one did: topupctl topup get --key KEY",
      ])
  }

  @Test func `a call that may be repeated names its key and its pause`() {
    let report = report(
      .unknown, "not known",
      [
        GoogleErrorInfo(reason: "OUTCOME_UNKNOWN", domain: "topup.v1"),
        GoogleRetryInfo(retryDelay: ProtobufDuration(seconds: 2)),
      ], key: "abc")
    #expect(
      lines(report).last
        == "help: run the same command with the same --key: it finds out and never repeats; "
        + "try again in 2 s")
    #expect(report.idempotencyKey == "abc")
  }

  @Test func `a deadline that passed on a change tells the key to repeat it with`() {
    let help = report(.deadlineExceeded, "too late", key: "abc").help
    #expect(help?.contains("--key abc") == true)
    #expect(report(.deadlineExceeded, "too late").help?.contains("--timeout") == true)
  }

  @Test func `a server that is not there is looked for at its address`() {
    let report = report(.unavailable, "cannot connect")
    #expect(report.help?.contains("127.0.0.1:50051") == true)
    #expect(report.exitStatus == 78)
  }

  @Test func `what the server says cannot act on the terminal`() {
    let report = report(.internal, "bad \u{1B}[2J thing")
    #expect(lines(report)[0] == "error: INTERNAL: bad \u{FFFD}[2J thing")
  }

  @Test func `-v adds reason, facts and preconditions`() {
    let report = report(
      .failedPrecondition, "stopped",
      [
        GoogleErrorInfo(
          reason: "KILL_SWITCH", domain: "topup.v1", metadata: ["b": "2", "a": "1"]),
        GooglePreconditionFailure(violations: [
          .init(type: "KILL_SWITCH", subject: "service", description: "stopped")
        ]),
      ])
    let text = lines(report, isVerbose: true).dropFirst(2)
    #expect(
      Array(text) == [
        "  method        /topup.v1.TopUp/GetTopUp",
        "  reason        KILL_SWITCH",
        "  domain        topup.v1",
        "  a             1",
        "  b             2",
        "  precondition  KILL_SWITCH service: stopped",
        "  exit code     73",
      ])
  }

  @Test func `the JSON form carries everything a script may branch on`() {
    let report = report(
      .resourceExhausted, "no room in day",
      [
        GoogleErrorInfo(reason: "CAP_REACHED", domain: "topup.v1", metadata: ["window": "day"]),
        GoogleBadRequest(fieldViolations: [.init(field: "amount", description: "too much")]),
        GoogleRetryInfo(retryDelay: ProtobufDuration(seconds: 1, nanos: 500_000_000)),
      ], key: "k")
    let error = report.json["error"]
    #expect(error?["code"]?.string == "RESOURCE_EXHAUSTED")
    #expect(error?["message"]?.string == "no room in day")
    #expect(error?["reason"]?.string == "CAP_REACHED")
    #expect(error?["domain"]?.string == "topup.v1")
    #expect(error?["metadata"]?["window"]?.string == "day")
    #expect(error?["fieldViolations"]?.array?.first?["field"]?.string == "amount")
    #expect(error?["retryDelay"]?.string == "1.500s")
    #expect(error?["idempotencyKey"]?.string == "k")
    #expect(report.json["exitCode"]?.int64 == 72)
  }

  @Test func `a wrong command line ends with 64, an unwanted end with 1`() {
    #expect(FailureReport(UsageError("no")).exitStatus == 64)
    #expect(lines(FailureReport(UsageError("no"))) == ["error: no"])
    #expect(FailureReport(Unsuccessful("declined")).exitStatus == 1)
    #expect(lines(FailureReport(Unsuccessful())).isEmpty)
  }
}
