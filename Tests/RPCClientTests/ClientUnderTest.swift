import RPCClient
import RPCCore
import RPCTransport
import TestSupport

/// Connections as the test gives them out.
final class ScriptedDialer: Dialer, @unchecked Sendable {
  final class Attempt: DialAttempt {
    let handler: any ByteProtocol
    let failed: (DialError) -> Void
    private(set) var isCancelled = false

    init(_ handler: any ByteProtocol, _ failed: @escaping (DialError) -> Void) {
      self.handler = handler
      self.failed = failed
    }

    func cancel() { isCancelled = true }
  }

  private(set) var attempts: [Attempt] = []

  func dial(
    _ handler: any ByteProtocol, _ failed: @escaping (DialError) -> Void
  ) -> any DialAttempt {
    attempts.append(Attempt(handler, failed))
    return attempts[attempts.count - 1]
  }
}

/// A channel in memory, with a server of raw frames behind it.
final class ClientUnderTest {
  static let unary = EchoService.descriptor("Unary", .unary)
  static let both = EchoService.descriptor("Both", .bidirectional)

  let loop = ManualLoop()
  let dialer = ScriptedDialer()
  private(set) var channel: RPCChannel?

  init(
    jitterSeed: UInt64 = 1, _ change: (inout RPCChannel.Configuration) -> Void = { _ in }
  ) {
    var configuration = RPCChannel.Configuration()
    change(&configuration)
    channel = RPCChannel(
      dialer, name: "test:1", configuration, on: loop, random: SeededGenerator(seed: jitterSeed))
  }

  /// Lets go of the channel, as its holder would.
  func dropChannel() {
    channel = nil
    loop.turn()
  }

  /// Lets the latest attempt succeed.
  ///
  /// - Parameter settings: what the server says first; nil says nothing yet.
  func accept(_ settings: KeyValuePairs<UInt16, UInt32>? = [:]) -> HTTP2Peer {
    let peer = HTTP2Peer(
      dialer.attempts[dialer.attempts.count - 1].handler, on: loop, skipsPreface: true)
    if let settings { peer.send(.settings(settings), .settingsAck) }
    return peer
  }

  func refuse() {
    let attempt = dialer.attempts[dialer.attempts.count - 1]
    loop.run {
      attempt.failed(.failed(SystemError("connect", number: SystemError.connectionRefused)))
    }
  }

  func unary(_ request: [UInt8] = [], _ options: CallOptions = CallOptions()) -> TaskResult<Bytes> {
    let channel = channel
    return loop.start {
      guard let channel else { throw RPCError(.aborted, "the channel was dropped") }
      return try await channel.unary(Self.unary, Bytes(request), options: options)
    }
  }

  /// A call both ways, its messages gathered until it ends.
  func both(
    sending requests: [[UInt8]] = [], _ options: CallOptions = CallOptions(),
    into log: CallLog
  ) -> TaskResult<Void> {
    let channel = channel
    return loop.start {
      guard let channel else { throw RPCError(.aborted, "the channel was dropped") }
      try await channel.bidirectional(Self.both, options: options) {
        (responses: MessageStream<Bytes>, writer: MessageWriter<Bytes>, call)
          async throws(RPCError) in
        for request in requests { try await writer.write(Bytes(request)) }
        call.endRequests()
        while let response = try await responses.next() { log.add(response.bytes) }
        log.ended(call.initialMetadata, call.trailers)
      }
    }
  }
}

extension HTTP2Peer {
  /// What a gRPC server sends first.
  static let answerHead = [(":status", "200"), ("content-type", "application/grpc")]

  /// A whole answer of one message.
  func answer(_ streamID: UInt32, _ message: [UInt8], status: String = "0") {
    send(
      .headers(streamID, Self.answerHead), .data(streamID, Self.framed(message)),
      .headers(streamID, [("grpc-status", status)], endStream: true))
  }

  /// Trailers alone.
  func fail(_ streamID: UInt32, _ fields: [(String, String)]) {
    send(.headers(streamID, Self.answerHead + fields, endStream: true))
  }
}
