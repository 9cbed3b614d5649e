internal import COpenSSL
package import RPCCore

/// TLS between a channel and a protocol: two byte buffers, no socket, either side.
///
/// The protocol is made when the handshake is over, so that it never sees a peer that proved
/// nothing, and its clocks start then. On its loop only.
@safe package final class TLSConnection: ByteProtocol {
  /// What one record holds at most (RFC 8446 §5.1).
  private static let recordBytesMax = 16_384
  /// Where OpenSSL keeps, for its callbacks, whose connection it is: what is the application's.
  private static let ownIndex: Int32 = 0

  private enum State {
    case handshaking
    case open(any ByteProtocol)
    /// Nothing is read; an alert may be on its way out.
    case failed
    case closed
  }

  private let loop: any EventLoop
  private let context: TLSContext
  private let handshakes: TLSHandshakes
  private let source: String
  private let makeProtocol: (PeerIdentity) -> any ByteProtocol
  private let onFailure: (TLSFailure) -> Void
  private let bytes = TLSBytes()
  private var ssl: OpaquePointer?
  private var state = State.handshaking
  private var channel: (any ByteChannel)?
  private var isShutdownSent = false
  private var holdsSlot = true
  /// Why the certificate that the client showed proves nobody; set while OpenSSL verifies it.
  var identityFault: PeerCertificate.Fault?
  private lazy var timer = LoopTimer { [unowned self] in handshakeIsLate() }

  /// - Parameters:
  ///   - handshakes: whose slot this takes until the handshake has ended.
  ///   - source: for whom it takes it.
  ///   - onFailure: told why the connection ended, when TLS is why. At most once.
  ///   - makeProtocol: called at the handshake's end.
  package init(
    _ context: TLSContext, _ handshakes: TLSHandshakes, from source: String = "",
    on loop: any EventLoop,
    onFailure: @escaping (TLSFailure) -> Void = { _ in },
    _ makeProtocol: @escaping (PeerIdentity) -> any ByteProtocol
  ) throws(TLSError) {
    self.loop = loop
    self.context = context
    self.handshakes = handshakes
    self.source = source
    self.makeProtocol = makeProtocol
    self.onFailure = onFailure
    handshakes.begin(for: source)
    OpenSSL.clearErrors()
    guard let ssl = unsafe SSL_new(context.pointer), let bio = unsafe bytes.makeBIO() else {
      throw .library(OpenSSL.takeErrors(or: "out of memory"))
    }
    unsafe self.ssl = ssl
    unsafe SSL_set_bio(ssl, bio, bio)
    unsafe SSL_set_ex_data(ssl, Self.ownIndex, Unmanaged.passUnretained(self).toOpaque())
    if let name = context.serverName {
      unsafe SSL_set_connect_state(ssl)
      expect(name)
    } else {
      unsafe SSL_set_accept_state(ssl)
    }
  }

  deinit {
    unsafe SSL_free(ssl)
    if holdsSlot { handshakes.end(for: source) }
  }

  /// Whose connection OpenSSL is verifying a certificate for.
  ///
  /// - Parameter store: an `X509_STORE_CTX`.
  static func verifying(_ store: OpaquePointer?) -> TLSConnection? {
    guard
      let ssl = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
      let own = unsafe SSL_get_ex_data(OpaquePointer(ssl), ownIndex)
    else { return nil }
    return unsafe Unmanaged<TLSConnection>.fromOpaque(own).takeUnretainedValue()
  }

  /// Demands a server's name, by SAN alone, and asks for it (RFC 6066 §3: never by address).
  private func expect(_ name: String) {
    if SocketAddress(host: name, port: 0)?.isNumeric == true {
      unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name)
    } else {
      unsafe SSL_set_hostflags(
        ssl,
        UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS) | UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
      unsafe SSL_set1_host(ssl, name)
      _ = unsafe shim_set_tlsext_host_name(ssl, name)
    }
  }

  /// Whether the handshake is still under way.
  package var isHandshaking: Bool {
    switch state {
    case .handshaking: true
    case .open, .failed, .closed: false
    }
  }

  // MARK: ByteProtocol

  package func attach(to channel: any ByteChannel) {
    self.channel = channel
    loop.schedule(timer, at: loop.now.advanced(by: handshakes.timeout))
    if context.serverName != nil { shakeHands() }
  }

  package func receive(_ input: UnsafeRawBufferPointer) {
    unsafe bytes.lend(input) {
      if isHandshaking { shakeHands() }
      if case .open(let handler) = state { read(to: handler) }
    }
    channel?.outputIsWaiting()
  }

  package func produce(into output: inout ByteBuffer, max: Int) -> Bool {
    if !bytes.output.isEmpty {
      unsafe bytes.output.withBytes { unsafe output.append($0) }
      bytes.output.release()
    }
    guard case .open(let handler) = state else { return false }
    let hasMore = handshakes.withPlaintext { plain in
      let hasMore = handler.produce(into: &plain, max: max)
      // OpenSSL writes to the channel's own buffer: the record is not copied again.
      swap(&bytes.output, &output)
      write(plain)
      if !hasMore, handler.isFinished || handler.isOutputFinished { sayGoodbye() }
      swap(&bytes.output, &output)
      plain.consume(plain.count)
      return hasMore
    }
    return hasMore
  }

  package var isFinished: Bool {
    switch state {
    case .handshaking: false
    case .open(let handler): handler.isFinished
    case .failed, .closed: bytes.output.isEmpty
    }
  }

  package var isOutputFinished: Bool {
    if case .open(let handler) = state { handler.isOutputFinished } else { false }
  }

  package var readsWhileOutputIsBlocked: Bool {
    if case .open(let handler) = state { handler.readsWhileOutputIsBlocked } else { false }
  }

  package func disconnected() {
    let was = state
    state = .closed
    channel = nil
    loop.cancel(timer)
    releaseSlot()
    switch was {
    case .handshaking:
      onFailure(
        TLSFailure(reason: .peerClosed, text: "the peer hung up during the TLS handshake"))
    case .open(let handler): handler.disconnected()
    case .failed, .closed: break
    }
  }

  // MARK: Handshake

  private func shakeHands() {
    OpenSSL.clearErrors()
    let result = unsafe SSL_do_handshake(ssl)
    guard result != 1 else { return handshakeEnded() }
    if unsafe SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ { return OpenSSL.clearErrors() }
    fail("the TLS handshake failed")
  }

  private func handshakeEnded() {
    loop.cancel(timer)
    releaseSlot()
    guard isHTTP2 else {
      return fail("the peer does not speak HTTP/2 over TLS (ALPN h2)", .noALPN)
    }
    let identity: PeerIdentity
    do throws(PeerCertificate.Fault) { identity = try proveIdentity() } catch {
      return fail("\(error)", .noIdentity)
    }
    let handler = makeProtocol(identity)
    state = .open(handler)
    handler.attach(to: self)
    outputIsWaiting()
  }

  private var isHTTP2: Bool {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    unsafe SSL_get0_alpn_selected(ssl, &name, &count)
    guard count == 2, let name = unsafe name else { return false }
    return unsafe name[0] == UInt8(ascii: "h") && name[1] == UInt8(ascii: "2")
  }

  /// Of a client that showed a certificate; a server has proved its name by then.
  private func proveIdentity() throws(PeerCertificate.Fault) -> PeerIdentity {
    guard context.serverName == nil else { return .anonymous }
    guard let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return .anonymous }
    defer { unsafe X509_free(certificate) }
    return .spiffe(try unsafe PeerCertificate.identity(certificate).description)
  }

  private func handshakeIsLate() {
    guard isHandshaking else { return }
    state = .failed
    releaseSlot()
    onFailure(
      TLSFailure(
        reason: .timeout, text: "the TLS handshake took more than \(handshakes.timeout)"))
    channel?.close()
  }

  private func releaseSlot() {
    guard holdsSlot else { return }
    holdsSlot = false
    handshakes.end(for: source)
  }

  /// Ends the connection; the alert that OpenSSL wrote goes out first.
  ///
  /// - Parameter known: why; nil asks OpenSSL.
  private func fail(_ what: String, _ known: TLSRefusal? = nil) {
    var text = what
    let verified = unsafe SSL_get_verify_result(ssl)
    let reason = known ?? TLSRefusal(openSSL: ERR_peek_last_error(), verified: verified)
    if let errors = OpenSSL.takeErrors() { text += ": \(errors)" }
    if let identityFault {
      text += " (\(identityFault))"
    } else if verified != Int(X509_V_OK) {
      text += " (\(OpenSSL.verifyText(verified)))"
    }
    let was = state
    state = .failed
    loop.cancel(timer)
    releaseSlot()
    onFailure(TLSFailure(reason: reason, text: text))
    if case .open(let handler) = was { handler.disconnected() }
    channel?.outputIsWaiting()
  }

  // MARK: Records

  private func read(to handler: any ByteProtocol) {
    while case .open = state {
      OpenSSL.clearErrors()
      var count = 0
      let result = unsafe handshakes.withRecord { room in
        unsafe SSL_read_ex(ssl, room.baseAddress, room.count, &count)
      }
      if result == 1 {
        unsafe handshakes.withRecord {
          unsafe handler.receive(UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
        continue
      }
      switch unsafe SSL_get_error(ssl, result) {
      case SSL_ERROR_WANT_READ: return OpenSSL.clearErrors()
      case SSL_ERROR_ZERO_RETURN:
        OpenSSL.clearErrors()
        channel?.close()
        return
      default: return fail("TLS failed")
      }
    }
  }

  private func write(_ plain: borrowing ByteBuffer) {
    unsafe plain.withBytes { plain in
      var rest = unsafe plain
      while unsafe !rest.isEmpty {
        OpenSSL.clearErrors()
        var written = 0
        let size = min(rest.count, Self.recordBytesMax)
        guard unsafe SSL_write_ex(ssl, rest.baseAddress, size, &written) == 1 else {
          return fail("TLS failed")
        }
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }

  /// Sends close_notify, by which the peer knows that nothing was cut off (RFC 8446 §6.1).
  private func sayGoodbye() {
    guard !isShutdownSent, case .open = state else { return }
    isShutdownSent = true
    OpenSSL.clearErrors()
    _ = unsafe SSL_shutdown(ssl)
    OpenSSL.clearErrors()
  }
}

extension TLSConnection: ByteChannel {
  package func outputIsWaiting() { channel?.outputIsWaiting() }

  package func close() { channel?.close() }

  package var ends: ChannelEnds {
    var ends = channel?.ends ?? ChannelEnds()
    ends.security = unsafe TLSSecurity(ssl)
    return ends
  }
}
