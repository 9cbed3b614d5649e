internal import CNGHTTP2
package import RPCCore

/// The server's side of one connection: makes a ``ServerStream`` of each request.
package final class ServerConnection: HTTP2Connection, @unchecked Sendable {
  let definition: ServerDefinition
  let pool: CallPool
  /// Who is at the other end; what TLS proves is known when its handshake is over, before a call.
  package var peer: PeerConnection
  /// Handlers at work, those whose stream is gone included: a caller that opens and resets
  /// streams must not have more work done than one that waits (CVE-2023-44487).
  @safe @exclusivity(unchecked) private var runningHandlers = 0
  private var isDraining = false
  private var pingsToGoaway = 0
  /// Called once, when the connection is gone.
  var onEnd: (() -> Void)?

  package init(
    _ definition: ServerDefinition, peer: PeerConnection, pool: CallPool = CallPool(),
    on loop: any EventLoop
  ) {
    self.definition = definition
    self.pool = pool
    self.peer = peer
    super.init(isServer: true, limits: definition.limits, on: loop)
  }

  // MARK: Requests

  override func streamForHeaders(_ id: Int32, isRequest: Bool) -> HTTP2Stream? {
    // A caller's trailers mean nothing to gRPC.
    guard isRequest else { return nil }
    guard runningHandlers < limits.concurrentCallsMax else {
      reset(id, code: NGHTTP2_REFUSED_STREAM.rawValue)
      return nil
    }
    let stream = pool.stream(for: self)
    stream.open(on: self, id: id)
    bind(stream, to: id)
    return stream
  }

  override func didLetGo(of stream: inout HTTP2Stream) { pool.takeBack(&stream) }

  override func trailersSent(_ id: Int32) {
    // The caller may still be sending: it is told at once that nobody listens (RFC 9113 §8.1).
    if let stream = stream(id), !stream.hasInputEnded {
      reset(id, code: NGHTTP2_NO_ERROR.rawValue)
    }
  }

  func handlerStarted() { runningHandlers += 1 }

  func handlerEnded() { runningHandlers -= 1 }

  // MARK: The end

  /// Ends the connection gracefully: new calls are turned away after a round trip, those that run
  /// are finished (RFC 9113 §6.8, two GOAWAYs).
  package func drain() {
    guard !isDraining, !isDisconnected else { return }
    isDraining = true
    submitShutdownNotice()
    submitPing()
    pingsToGoaway = 1
  }

  override func pingAnswered() {
    guard pingsToGoaway > 0 else { return }
    pingsToGoaway = 0
    submitGoaway(code: NGHTTP2_NO_ERROR.rawValue)
  }

  package override func disconnected() {
    super.disconnected()
    let report = onEnd
    onEnd = nil
    report?()
  }

  /// Fails every call that is open, before the connection is closed.
  package func cancelCalls(_ error: RPCError) {
    for stream in streams { stream.endEarly(error) }
  }
}
