import RPCCore
import RPCServer
import RPCTransport
import TestSupport
import Testing

@Suite struct ServerMetricsTests {
  private func value(_ line: String, in text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix(line + " ") }
      .map { String($0.dropFirst(line.count + 1)) }
  }

  private func serving(_ interceptor: any ServerInterceptor) -> (HTTP2Peer, ManualLoop) {
    let loop = ManualLoop()
    let router = RPCRouter([EchoService()], interceptors: [interceptor])
    let connection = ServerConnection(
      ServerDefinition(router: router, interceptors: [interceptor], limits: HTTP2Limits()),
      peer: PeerConnection(address: "test", isPrivate: true, identity: .anonymous), on: loop)
    let peer = HTTP2Peer(connection, on: loop)
    peer.open()
    return (peer, loop)
  }

  private let unary = #"grpc_type="unary",grpc_service="test.Echo",grpc_method="Unary""#

  @Test func `every series is there before the first call, at zero`() {
    let metrics = ServerMetrics(loopCount: 2)
    metrics.prepare(for: [EchoService.descriptor("Unary", .unary)])
    let text = metrics.exposition
    #expect(value("grpc_server_started_total{\(unary)}", in: text) == "0")
    for code in ["OK", "Canceled", "NotFound", "DeadlineExceeded", "Unauthenticated"] {
      #expect(value("grpc_server_handled_total{\(unary),grpc_code=\"\(code)\"}", in: text) == "0")
    }
    #expect(value("grpc_server_handling_seconds_bucket{\(unary),le=\"+Inf\"}", in: text) == "0")
    #expect(text.contains("# TYPE grpc_server_handling_seconds histogram\n"))
  }

  @Test func `calls are counted by method, status, messages and time`() {
    let metrics = ServerMetrics(loopCount: 1)
    let (peer, loop) = serving(metrics)
    peer.call(1, "/test.Echo/Unary", [1])
    peer.call(3, "/test.Echo/Unary", [1])
    peer.call(5, "/test.Echo/Fail", Array("no".utf8))
    peer.call(7, "/test.Echo/Sleep", [])
    loop.advance(by: .milliseconds(30))
    peer.send(.reset(7, code: 8))
    let text = metrics.exposition
    #expect(value("grpc_server_started_total{\(unary)}", in: text) == "2")
    #expect(value("grpc_server_handled_total{\(unary),grpc_code=\"OK\"}", in: text) == "2")
    #expect(value("grpc_server_msg_received_total{\(unary)}", in: text) == "2")
    #expect(value("grpc_server_msg_sent_total{\(unary)}", in: text) == "2")
    let fail = unary.replacing("Unary\"", with: "Fail\"")
    #expect(
      value("grpc_server_handled_total{\(fail),grpc_code=\"FailedPrecondition\"}", in: text) == "1")
    let sleep = unary.replacing("Unary\"", with: "Sleep\"")
    #expect(value("grpc_server_handled_total{\(sleep),grpc_code=\"Canceled\"}", in: text) == "1")
    #expect(value("grpc_server_handling_seconds_bucket{\(sleep),le=\"0.025\"}", in: text) == "0")
    #expect(value("grpc_server_handling_seconds_bucket{\(sleep),le=\"0.05\"}", in: text) == "1")
    #expect(value("grpc_server_handling_seconds_sum{\(sleep)}", in: text) == "0.03")
    #expect(value("grpc_server_handling_seconds_count{\(sleep)}", in: text) == "1")
  }

  @Test func `messages of a stream are counted as they pass`() {
    let metrics = ServerMetrics(loopCount: 1)
    let (peer, _) = serving(metrics)
    let both = #"grpc_type="bidi_stream",grpc_service="test.Echo",grpc_method="Both""#
    peer.send(.headers(1, HTTP2Peer.request("/test.Echo/Both")))
    for count in 1...3 {
      peer.send(.data(1, HTTP2Peer.framed([1])))
      let text = metrics.exposition
      #expect(value("grpc_server_msg_received_total{\(both)}", in: text) == "\(count)")
      #expect(value("grpc_server_msg_sent_total{\(both)}", in: text) == "\(count)")
    }
    peer.send(.data(1, [], endStream: true))
    #expect(
      value("grpc_server_msg_received_total{\(both)}", in: metrics.exposition) == "3", "once")
    // The call's object serves the next one, whose messages are its own method's.
    peer.call(3, "/test.Echo/Unary", [1])
    #expect(value("grpc_server_msg_sent_total{\(both)}", in: metrics.exposition) == "3")
    #expect(value("grpc_server_msg_sent_total{\(unary)}", in: metrics.exposition) == "1")
  }

  @Test func `a method's own limit refuses what is too much, and says when to come again`() {
    var limits = AdmissionControl.Limits()
    limits.methodCallsMax = ["/test.Echo/Sleep": 2]
    let admission = AdmissionControl(limits)
    let (peer, _) = serving(admission)
    for id in [1, 3, 5] as [UInt32] { peer.call(id, "/test.Echo/Sleep", []) }
    #expect(peer[5].status == "8")
    #expect(peer[5].head["grpc-retry-pushback-ms"] == "250")
    #expect(admission.refusedCount == 1)
    peer.send(.reset(1, code: 8))
    peer.call(7, "/test.Echo/Sleep", [])
    #expect(peer[7].blocks.isEmpty)
    #expect(admission.callCount == 2)
  }

  @Test func `the reserved share is for those alone that it is kept for`() {
    var limits = AdmissionControl.Limits()
    limits.callsMax = 3
    limits.reservedCalls = 1
    limits.reservedServices = []
    let (peer, _) = serving(AdmissionControl(limits))
    for id in [1, 3, 5] as [UInt32] { peer.call(id, "/test.Echo/Sleep", []) }
    #expect(peer[3].blocks.isEmpty)
    #expect(peer[5].status == "8")
    limits.reservedServices = ["test.Echo"]
    let (reserved, _) = serving(AdmissionControl(limits))
    for id in [1, 3, 5, 7] as [UInt32] { reserved.call(id, "/test.Echo/Sleep", []) }
    #expect(reserved[5].blocks.isEmpty)
    #expect(reserved[7].status == "8")
  }

  @Test func `a method's longest time holds whatever the caller asks for`() {
    var limits = AdmissionControl.Limits()
    limits.methodDeadlines = ["/test.Echo/Sleep": .seconds(2)]
    let (peer, _) = serving(AdmissionControl(limits))
    peer.call(1, "/test.Echo/Sleep", [], [("grpc-timeout", "1S")])
    peer.call(3, "/test.Echo/Sleep", [], [("grpc-timeout", "9S")])
    peer.call(5, "/test.Echo/Sleep", [])
    peer.advance(by: .seconds(1))
    #expect(peer[1].status == "4")
    #expect(peer[3].blocks.isEmpty)
    peer.advance(by: .seconds(1))
    #expect(peer[3].status == "4")
    #expect(peer[5].status == "4")
  }
}
