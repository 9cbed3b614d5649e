import RPCCore
import Synchronization
import TestSupport
import Testing

@Suite struct `Interceptors` {
  /// Keeps what it was told; refuses paths that hold a word.
  private final class Witness: ServerInterceptor {
    let name: String
    let refuses: String?
    let log: Log

    init(_ name: String, refuses: String? = nil, into log: Log) {
      self.name = name
      self.refuses = refuses
      self.log = log
    }

    func callBegan(_ call: any ServerCall) throws(RPCError) {
      log.add("\(name) began \(call.method.method)")
      if let refuses, call.method.method == refuses {
        throw RPCError(.permissionDenied, "\(name) says no")
      }
    }

    func callEnded(_ call: any ServerCall, with status: Status) {
      let sent = call.messageCounts.sent
      log.add("\(name) ended \(call.method.method) \(status.code.rawValue) \(sent)")
    }
  }

  private final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  @Test func `a call passes them in order and they hear of its end in reverse`() {
    let log = Log()
    let server = ServerUnderTest(interceptors: [Witness("a", into: log), Witness("b", into: log)])
    #expect(server.serves(on: 1))
    #expect(
      log.all == ["a began Unary", "b began Unary", "b ended Unary 0 1", "a ended Unary 0 1"])
  }

  @Test func `a refusal ends the call, and only those that let it in hear of it`() {
    let log = Log()
    let server = ServerUnderTest(interceptors: [
      Witness("a", into: log), Witness("b", refuses: "Unary", into: log), Witness("c", into: log),
    ])
    server.peer.call(1, "/test.Echo/Unary", [7])
    #expect(server.peer[1].status == "7")
    #expect(server.peer[1].message == "b says no")
    #expect(server.peer[1].messages.isEmpty)
    #expect(log.all == ["a began Unary", "b began Unary", "a ended Unary 7 0"])
  }

  /// Gives a call a moment that has passed already.
  private final class Hurry: ServerInterceptor {
    let log: Log

    init(into log: Log) { self.log = log }

    func callBegan(_ call: any ServerCall) throws(RPCError) {
      log.add("hurry began")
      if call.method.method == "Both" { call.limitDeadline(to: call.now) }
    }

    func callEnded(_ call: any ServerCall, with status: Status) { log.add("hurry ended") }
  }

  @Test func `a limit that has passed ends the call at once, and each hears of it once`() {
    let log = Log()
    let server = ServerUnderTest(interceptors: [
      Witness("a", into: log), Hurry(into: log), Witness("b", into: log),
    ])
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Echo/Both")))
    #expect(server.peer[1].status == "4")
    #expect(log.all == ["a began Both", "hurry began", "a ended Both 4 0", "hurry ended"])
    // Its object serves the next call like a new one.
    #expect(server.serves(on: 3) && server.serves(on: 5))
    #expect(log.all.count { $0 == "hurry ended" } == 3)
  }

  @Test func `a call that is reset ends once, as cancelled`() {
    let log = Log()
    let server = ServerUnderTest(interceptors: [Witness("a", into: log)])
    server.peer.send(.headers(1, HTTP2Peer.request("/test.Echo/Both")))
    server.peer.send(.reset(1, code: 8))
    #expect(log.all == ["a began Both", "a ended Both 1 0"])
  }

  @Test func `a call that no method serves reaches no interceptor`() {
    let log = Log()
    let server = ServerUnderTest(interceptors: [Witness("a", into: log)])
    server.peer.call(1, "/test.Echo/Nothing", [])
    #expect(server.peer[1].status == "12")
    #expect(log.all.isEmpty)
  }
}
