internal import RPCCore

/// TLS over whatever another dialer connects to; there is a connection once the server has proved
/// its name.
package struct TLSDialer: Dialer {
  private let inner: any Dialer
  private let context: TLSContext
  private let loop: any EventLoop

  package init(_ inner: any Dialer, _ context: TLSContext, on loop: any EventLoop) {
    self.inner = inner
    self.context = context
    self.loop = loop
  }

  package var scheme: String { "https" }

  package func dial(
    _ handler: any ByteProtocol, _ failed: @escaping (DialError) -> Void
  ) -> any DialAttempt {
    let attempt = Attempt(failed)
    do throws(TLSError) {
      let connection = try TLSConnection(
        context, TLSHandshakes(), on: loop, onFailure: { attempt.end(.tls($0.text)) }
      ) { _ in
        attempt.handshakeEnded()
        return handler
      }
      attempt.connection = connection
      attempt.inner = inner.dial(connection) { attempt.end($0) }
    } catch {
      // Not at once: the caller does not hold the attempt yet.
      loop.execute { attempt.end(.tls("\(error)")) }
    }
    return attempt
  }

  /// `@unchecked Sendable`: used on the loop only.
  private final class Attempt: DialAttempt, @unchecked Sendable {
    private var failed: ((DialError) -> Void)?
    var inner: (any DialAttempt)?
    /// While its handshake is under way: it holds this attempt, too.
    var connection: TLSConnection?

    init(_ failed: @escaping (DialError) -> Void) { self.failed = failed }

    func handshakeEnded() {
      connection = nil
      inner = nil
    }

    /// Also after the handshake: with TLS 1.3 a server judges the client's certificate when the
    /// client is through already, and why it hung up is known here alone.
    func end(_ error: DialError) {
      let report = failed
      failed = nil
      handshakeEnded()
      report?(error)
    }

    func cancel() {
      failed = nil
      let (inner, connection) = (inner, connection)
      handshakeEnded()
      inner?.cancel()
      connection?.close()
    }
  }
}
