public import RPCCore
internal import Synchronization

/// Counts calls as `grpc_server_*`, the names and labels that dashboards know.
///
/// Every series of every method is there from the start, at zero. Each loop counts for itself, so
/// that no call waits for another core's cache; reading adds up.
/// - Source: go-grpc-prometheus.
public final class ServerMetrics: ServerInterceptor {
  private final class Table: Sendable {
    let methods: [MethodDescriptor]
    /// Those of the first loop by method, then those of the next.
    let counters: [MethodCounters]

    init(_ methods: [MethodDescriptor], loopCount: Int) {
      self.methods = methods
      counters = (0..<loopCount * methods.count).map { _ in MethodCounters() }
    }
  }

  private let loopCount: Int
  /// Set once by ``prepare(for:)``, before the loops that read it serve anything, and then never
  /// changed; a synchronized box would cost more than all that is counted.
  @exclusivity(unchecked) private nonisolated(unsafe) var table: Table?

  /// - Parameter loopCount: the server's loops.
  public init(loopCount: Int) { self.loopCount = max(loopCount, 1) }

  public func prepare(for methods: [MethodDescriptor]) {
    precondition(table == nil, "the metrics of one server were given to another")
    table = Table(methods, loopCount: loopCount)
  }

  public func callBegan(_ call: any ServerCall) throws(RPCError) {
    guard let counters = counters(of: call) else { return }
    counters.callBegan()
    // A stream may last for days, and nobody waits so long to see it move.
    if call.method.type != .unary { call.addMeter(counters) }
  }

  public func callEnded(_ call: any ServerCall, with status: Status) {
    counters(of: call)?.callEnded(
      code: status.code, nanoseconds: call.now.nanoseconds - call.startedAt.nanoseconds,
      counts: call.method.type == .unary ? call.messageCounts : MessageCounts())
  }

  private func counters(of call: any ServerCall) -> MethodCounters? {
    guard let table else { return nil }
    return table.counters[call.loopNumber * table.methods.count + call.methodNumber]
  }

  /// Everything in Prometheus' text format.
  public var exposition: String {
    guard let table else { return "" }
    var text = ExpositionText()
    for family in Family.allCases {
      text.begin(family.rawValue, family.help, type: family.type)
      for (number, method) in table.methods.enumerated() {
        let counters = (0..<loopCount).map { table.counters[$0 * table.methods.count + number] }
        family.write(method, counters, to: &text)
      }
    }
    return text.text
  }

  private enum Family: String, CaseIterable {
    case started = "grpc_server_started_total"
    case handled = "grpc_server_handled_total"
    case received = "grpc_server_msg_received_total"
    case sent = "grpc_server_msg_sent_total"
    case handling = "grpc_server_handling_seconds"

    var help: String {
      switch self {
      case .started: "Calls that began."
      case .handled: "Calls that ended, by status."
      case .received: "Messages read by methods."
      case .sent: "Messages written by methods."
      case .handling: "Time from a call's header block to its status."
      }
    }

    var type: String { self == .handling ? "histogram" : "counter" }

    func write(
      _ method: MethodDescriptor, _ counters: [MethodCounters], to text: inout ExpositionText
    ) {
      let labels = [
        ("grpc_type", method.type.rawValue), ("grpc_service", method.service),
        ("grpc_method", method.method),
      ]
      func sum(_ value: (MethodCounters) -> UInt64) -> UInt64 {
        counters.reduce(0) { $0 &+ value($1) }
      }
      switch self {
      case .started:
        text.add(rawValue, labels, sum { $0.started.load(ordering: .relaxed) })
      case .handled:
        for code in StatusCode.named {
          text.add(
            rawValue, labels + [("grpc_code", code.metricsName)],
            sum { $0.code(Int(code.rawValue)) })
        }
      case .received:
        text.add(rawValue, labels, sum { $0.received.load(ordering: .relaxed) })
      case .sent: text.add(rawValue, labels, sum { $0.sent.load(ordering: .relaxed) })
      case .handling:
        var total: UInt64 = 0
        for index in 0..<MethodCounters.bucketCount {
          total &+= sum { $0.bucket(index) }
          let isLast = index == MethodCounters.bucketCount - 1
          let bound =
            isLast ? "+Inf" : ExpositionText.seconds(MethodCounters.bucketBounds[index])
          text.add(rawValue + "_bucket", labels + [("le", bound)], total)
        }
        let nanoseconds = sum { $0.nanoseconds.load(ordering: .relaxed) }
        text.add(
          rawValue + "_sum", labels, ExpositionText.seconds(Int64(clamping: nanoseconds)))
        text.add(rawValue + "_count", labels, total)
      }
    }
  }
}
