public import Logging
public import RPCCore

/// One line in the log for each call that is worth one.
///
/// Names the method, status, time, peer, principal and trace; never a message, and no metadata but
/// a well-formed request id.
public final class CallLog: ServerInterceptor {
  /// Which calls are worth a line.
  public struct Rules: Sendable {
    /// A call that took longer is logged whatever its status.
    public var slowAfter: Duration = .seconds(1)
    /// Whether calls that succeed in time are logged, at debug.
    public var logsSuccess = false

    public init() {}
  }

  private let logger: Logger
  private let rules: Rules

  public init(_ logger: Logger, _ rules: Rules = Rules()) {
    self.logger = logger
    self.rules = rules
  }

  public func callEnded(_ call: any ServerCall, with status: Status) {
    let span = call.now.since(call.startedAt)
    let isSlow = span >= rules.slowAfter && !call.method.type.streamsResponses
    guard let level = level(status.code, isSlow: isSlow) else { return }
    logger.log(level: level, "call", metadata: fields(call, status, span))
  }

  /// - Returns: nil when the call is worth no line.
  private func level(_ code: StatusCode, isSlow: Bool) -> Logger.Level? {
    switch code {
    case .ok: isSlow ? .notice : rules.logsSuccess ? .debug : nil
    // Bugs, and what an operator has to know.
    case .internal, .unknown, .dataLoss: .error
    case .unavailable, .resourceExhausted, .deadlineExceeded, .unauthenticated, .permissionDenied:
      .warning
    // The caller's own doing.
    default: isSlow ? .notice : .info
    }
  }

  private func fields(
    _ call: any ServerCall, _ status: Status, _ span: Duration
  ) -> Logger.Metadata {
    var fields: Logger.Metadata = [
      "method": "\(call.method.path)", "code": "\(status.code.name)",
      "duration_us": "\(span.nanoseconds / 1000)", "peer": "\(call.peer.address)",
    ]
    if !status.message.isEmpty { fields["status_message"] = "\(status.message)" }
    if let principal = call.principal { fields["actor"] = "\(principal.name)" }
    let metadata = call.metadata
    if let trace = metadata.text("traceparent").flatMap({ TraceContext(traceparent: $0) }) {
      fields["trace_id"] = "\(trace.traceID)"
      fields["span_id"] = "\(trace.parentID)"
    }
    if let id = metadata.text("x-request-id"), Self.isRequestID(id) {
      fields["request_id"] = "\(id)"
    }
    return fields
  }

  /// Letters, digits and `-_.` alone, 64 at most: it comes from outside and goes into a log.
  private static func isRequestID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { Metadata.isKeyByte($0 | 0x20) || $0 == 0x5F }
  }
}
