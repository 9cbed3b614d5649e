internal import Logging
internal import RPCCore
internal import RPCServer
internal import RPCTransport
internal import TopUpCore

/// What watches over the daemon's calls: counts, limits and the call log.
struct ServerWatch {
  let metrics: ServerMetrics
  let admission: AdmissionControl
  let log: CallLog
  let books: BooksMeter
  /// Where connections that were refused before a call are told.
  let logger: Logger

  init(loops: Int, logger: Logger, books: BooksMeter = BooksMeter()) {
    self.logger = logger
    self.books = books
    metrics = ServerMetrics(loopCount: loops)
    var limits = AdmissionControl.Limits()
    // Operators must get in when nobody else does.
    limits.reservedServices = [
      "grpc.health.v1.Health", "topup.v1.Admin", "grpc.channelz.v1.Channelz",
    ]
    admission = AdmissionControl(limits)
    log = CallLog(logger)
  }

  /// Exposes what is counted.
  ///
  /// - Parameter endpoint: nil exposes nothing.
  func listen(
    at endpoint: Endpoint?, _ server: RPCServer, _ store: any Store, _ limiter: OutboundLimiter,
    started: UnixTime, on loop: EpollLoop
  ) async throws(StartError) -> MetricsListener? {
    guard let endpoint else { return nil }
    guard let address = SocketAddress(host: endpoint.host, port: endpoint.port) else {
      throw .configuration("TOPUP_METRICS_LISTEN: \(endpoint.host) is not a numeric address")
    }
    let watch = self
    do throws(SystemError) {
      return try await MetricsListener.start(address, on: loop) {
        watch.text(server, store, limiter, started: started)
      }
    } catch { throw .system("metrics: \(error)") }
  }

  /// - Parameter store: whose ramp is told of; left out while it cannot be read.
  func text(
    _ server: RPCServer, _ store: any Store, _ limiter: OutboundLimiter, started: UnixTime
  ) -> String {
    var text = ExpositionText()
    text.begin(
      "topup_connections_closed_total", "Connections closed for what they overdid.",
      type: "counter")
    for (reason, count) in server.protectionCounts.sorted(by: { $0.key < $1.key }) {
      text.add("topup_connections_closed_total", [("reason", reason)], count)
    }
    text.begin(
      "topup_tls_refused_total", "Connections that did not get through TLS.", type: "counter")
    for (reason, count) in server.tlsRefusalCounts.sorted(by: { $0.key < $1.key }) {
      text.add("topup_tls_refused_total", [("reason", reason)], count)
    }
    text.begin(
      "topup_metadata_dropped_total", "Metadata values that were no printable ASCII, not shown.",
      type: "counter")
    text.add("topup_metadata_dropped_total", [], server.droppedMetadataCount)
    text.begin("topup_calls_refused_total", "Calls refused for want of room.", type: "counter")
    text.add("topup_calls_refused_total", [], admission.refusedCount)
    text.begin("topup_calls", "Calls at work.", type: "gauge")
    text.add("topup_calls", [], UInt64(max(admission.callCount, 0)))
    text.addRamp(of: store)
    text.addInbox(of: store)
    text.addLeadTime(of: store)
    text.add(limiter)
    books.write(to: &text)
    return metrics.exposition + text.text + MetricsListener.processText(started: started)
  }
}
