internal import ArgumentParser
internal import ProtobufRuntime
internal import RPCCore
internal import RPCServices
internal import StrictJSON

/// A failure as it is told: one line, the fields that are wrong, what helps; or one JSON object.
struct FailureReport: Sendable, Equatable {
  struct Field: Sendable, Equatable {
    let name: String
    let description: String
  }

  let exitStatus: Int32
  /// The status's name, `USAGE`, or `FAILED`.
  let code: String
  /// Empty when there is nothing left to say.
  let message: String
  private(set) var fields: [Field] = []
  private(set) var reason = ""
  private(set) var domain = ""
  private(set) var facts: [String: String] = [:]
  private(set) var preconditions: [String] = []
  private(set) var retryDelay: Duration?
  private(set) var idempotencyKey: String?
  private(set) var method = ""
  private(set) var help: String?

  init(_ error: any Error) {
    switch error {
    case let failure as CallFailure: self.init(failure)
    case let error as UsageError: self.init(ExitStatus.usage, "USAGE", error.message)
    case let error as ValidationError: self.init(ExitStatus.usage, "USAGE", error.message)
    case let error as Unsuccessful: self.init(ExitStatus.failure, "FAILED", error.message ?? "")
    default: self.init(ExitStatus.failure, "FAILED", "\(error)")
    }
  }

  init(_ exitStatus: Int32, _ code: String, _ message: String) {
    self.exitStatus = exitStatus
    self.code = code
    self.message = message
  }

  init(_ failure: CallFailure) {
    let error = failure.error
    fields =
      error.detail(GoogleBadRequest.self)?.fieldViolations.map {
        Field(name: $0.field, description: $0.description)
      } ?? []
    exitStatus = ExitStatus.of(error.code)
    code = error.code.name
    message = Self.headline(error.message, fields)
    if let info = error.detail(GoogleErrorInfo.self) {
      reason = info.reason
      domain = info.domain
      facts = info.metadata
    }
    preconditions =
      error.detail(GooglePreconditionFailure.self)?.violations.map {
        "\($0.type) \($0.subject): \($0.description)"
      } ?? []
    retryDelay = error.detail(GoogleRetryInfo.self)?.retryDelay.map {
      .seconds($0.seconds) + .nanoseconds(Int64($0.nanos))
    }
    idempotencyKey = failure.idempotencyKey
    method = failure.method
    help = Advice.text(
      code: error.code, reason: reason, retryDelay: retryDelay, key: idempotencyKey,
      address: failure.address)
  }

  /// A message that only repeats the fields gives way to their number.
  private static func headline(_ message: String, _ fields: [Field]) -> String {
    let isRepetition =
      !fields.isEmpty && fields.allSatisfy { message.contains("\($0.name): \($0.description)") }
    if isRepetition {
      return fields.count == 1
        ? "a field of the request is wrong" : "\(fields.count) fields of the request are wrong"
    }
    return message
  }
}

// MARK: - Told

extension FailureReport {
  /// Lines for people.
  func lines(isVerbose: Bool, isColoured: Bool) -> [String] {
    guard !message.isEmpty else { return [] }
    var report = Report(isColoured: isColoured)
    let name = code == "USAGE" || code == "FAILED" ? "" : "\(code): "
    report.add(Cell("error: ", .bad), Cell(name, .strong), Cell(message))
    for field in fields { report.add("  \(field.name): \(field.description)") }
    if let help { report.add(Cell("help: ", .dim), Cell(help)) }
    if isVerbose { report.add(Table(fields: details)) }
    return report.lines
  }

  private var details: [(String, Cell)] {
    var details: [(String, Cell)] = [
      ("  method", Cell(method)), ("  reason", Cell(reason)), ("  domain", Cell(domain)),
    ]
    for (name, value) in facts.sorted(by: { $0.key < $1.key }) {
      details.append(("  \(name)", Cell(value)))
    }
    for precondition in preconditions { details.append(("  precondition", Cell(precondition))) }
    if let retryDelay { details.append(("  retry after", Cell(SpanText.text(retryDelay)))) }
    details.append(("  key", Cell(idempotencyKey ?? "")))
    details.append(("  exit code", Cell("\(exitStatus)")))
    return details
  }

  /// One object, for scripts.
  var json: JSON {
    var error = JSONObject()
    error["code"] = .string(code)
    error["message"] = .string(message)
    if !reason.isEmpty { error["reason"] = .string(reason) }
    if !domain.isEmpty { error["domain"] = .string(domain) }
    if !facts.isEmpty {
      error["metadata"] = ProtobufJSON.map(facts) { ($0.key, .string($0.value)) }
    }
    if !fields.isEmpty {
      error["fieldViolations"] = .array(
        fields.map { ["field": .string($0.name), "description": .string($0.description)] })
    }
    if let retryDelay { error["retryDelay"] = retryDelay.proto.json }
    if !method.isEmpty { error["method"] = .string(method) }
    if let idempotencyKey { error["idempotencyKey"] = .string(idempotencyKey) }
    if let help { error["help"] = .string(help) }
    return ["error": .object(error), "exitCode": .integer(exitStatus)]
  }
}
