internal import COpenSSL
package import RPCCore

/// Certificates, trust and rules that many connections share; never changed once made. A
/// connection keeps the one that it began with.
///
/// `@unchecked Sendable`: OpenSSL locks what its connections share, and nothing is set after
/// `init`.
@safe package final class TLSContext: @unchecked Sendable {
  /// TLS 1.2 with forward secrecy and AEAD alone: the others are on HTTP/2's black list
  /// (RFC 9113 appendix A). TLS 1.3 has no bad ones.
  private static let ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    + "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
  /// Certificates between a peer's own and a root.
  private static let depthMax: Int32 = 4
  /// How long a ticket saves a caller the full handshake.
  private static let ticketSeconds = 3600

  let pointer: OpaquePointer
  /// What a client demands of the server's certificate; nil for a server.
  let serverName: String?

  private init(_ method: OpaquePointer?, serverName: String? = nil) throws(TLSError) {
    OpenSSL.clearErrors()
    guard let context = unsafe SSL_CTX_new(method) else {
      throw .library(OpenSSL.takeErrors(or: "no context"))
    }
    unsafe pointer = context
    self.serverName = serverName
    guard unsafe shim_CTX_set_min_tls12(context) == 1,
      unsafe SSL_CTX_set_cipher_list(context, Self.ciphers) == 1
    else { throw .library(OpenSSL.takeErrors(or: "the ciphers are not known")) }
    unsafe SSL_CTX_set_options(context, shim_OP_NO_RENEGOTIATION() | shim_OP_NO_COMPRESSION())
    unsafe shim_CTX_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
    unsafe shim_CTX_no_session_cache(context)
    unsafe SSL_CTX_set_max_early_data(context, 0)
    unsafe SSL_CTX_set_verify_depth(context, Self.depthMax)
    // Asked for a passphrase, OpenSSL would prompt on the terminal.
    unsafe SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
  }

  deinit { unsafe SSL_CTX_free(pointer) }

  /// Reads a server's files.
  package static func server(_ settings: ServerTLS) throws(TLSError) -> TLSContext {
    let context = try unsafe TLSContext(TLS_server_method())
    try context.usePair(settings.certificateFile, settings.keyFile)
    unsafe SSL_CTX_set_client_hello_cb(context.pointer, requireALPN, nil)
    unsafe SSL_CTX_set_alpn_select_cb(context.pointer, selectHTTP2, nil)
    unsafe SSL_CTX_set_timeout(context.pointer, ticketSeconds)
    unsafe SSL_CTX_set_num_tickets(context.pointer, 1)
    switch settings.clientCertificates {
    case .none: unsafe SSL_CTX_set_verify(context.pointer, SSL_VERIFY_NONE, nil)
    case .request: try context.verifyClients(settings, SSL_VERIFY_PEER)
    case .require:
      try context.verifyClients(settings, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)
    }
    return context
  }

  /// Reads a client's files.
  ///
  /// - Parameter host: what is connected to.
  package static func client(_ settings: ClientTLS, host: String) throws(TLSError) -> TLSContext {
    let context = try unsafe TLSContext(
      TLS_client_method(), serverName: settings.serverName ?? host)
    if let file = settings.authoritiesFile {
      try context.trust(file)
    } else if unsafe SSL_CTX_set_default_verify_paths(context.pointer) != 1 {
      throw .badAuthorities(file: "of the system", reason: OpenSSL.takeErrors(or: "none"))
    }
    switch (settings.certificateFile, settings.keyFile) {
    case (let certificate?, let key?): try context.usePair(certificate, key)
    case (nil, nil): break
    case (_?, nil), (nil, _?): throw .incompletePair
    }
    unsafe SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
    let protocols: [UInt8] = [2] + Array("h2".utf8)
    // This one returns 0 for success (SSL_CTX_set_alpn_protos(3)).
    guard unsafe SSL_CTX_set_alpn_protos(context.pointer, protocols, 3) == 0 else {
      throw .library(OpenSSL.takeErrors(or: "ALPN"))
    }
    return context
  }

  // MARK: Files

  private func usePair(_ certificate: String, _ key: String) throws(TLSError) {
    OpenSSL.clearErrors()
    guard unsafe SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
      throw .badCertificate(file: certificate, reason: OpenSSL.takeErrors(or: "not readable"))
    }
    guard unsafe SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
      let isMismatch = Self.isKeyMismatch(ERR_peek_last_error())
      let reason = OpenSSL.takeErrors(or: "not readable")
      throw isMismatch
        ? .keyMismatch(certificate: certificate, key: key) : .badKey(file: key, reason: reason)
    }
    guard unsafe SSL_CTX_check_private_key(pointer) == 1 else {
      _ = OpenSSL.takeErrors()
      throw .keyMismatch(certificate: certificate, key: key)
    }
  }

  private static func isKeyMismatch(_ code: UInt) -> Bool {
    switch Int32(truncatingIfNeeded: code & 0x7F_FFFF) {
    case X509_R_KEY_VALUES_MISMATCH, X509_R_KEY_TYPE_MISMATCH: true
    default: false
    }
  }

  private func trust(_ file: String) throws(TLSError) {
    OpenSSL.clearErrors()
    guard unsafe SSL_CTX_load_verify_file(pointer, file) == 1 else {
      throw .badAuthorities(file: file, reason: OpenSSL.takeErrors(or: "not readable"))
    }
  }

  private func verifyClients(_ settings: ServerTLS, _ mode: Int32) throws(TLSError) {
    guard let file = settings.clientAuthoritiesFile else { throw .noClientAuthorities }
    try trust(file)
    guard let names = unsafe SSL_load_client_CA_file(file) else {
      throw .badAuthorities(file: file, reason: OpenSSL.takeErrors(or: "no certificate in it"))
    }
    unsafe SSL_CTX_set_client_CA_list(pointer, names)
    unsafe SSL_CTX_set_verify(pointer, mode, requireIdentity)
    // A ticket would carry an identity past its certificate's end and its authority's removal: who
    // must prove something proves it for every connection.
    unsafe SSL_CTX_set_num_tickets(pointer, 0)
    unsafe SSL_CTX_set_options(pointer, shim_OP_NO_TICKET())
  }
}

/// Without ALPN nothing says that the peer speaks HTTP/2 (RFC 9113 §3.2): refused by its alert.
@safe private let requireALPN: SSL_client_hello_cb_fn = { ssl, alert, _ in
  var bytes: UnsafePointer<UInt8>?
  var count = 0
  let extensionType = UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation)
  guard unsafe SSL_client_hello_get0_ext(ssl, extensionType, &bytes, &count) == 1 else {
    unsafe alert?.pointee = Int32(TLS1_AD_NO_APPLICATION_PROTOCOL)
    return SSL_CLIENT_HELLO_ERROR
  }
  return SSL_CLIENT_HELLO_SUCCESS
}

/// Picks `h2` out of a list of names, each behind its length (RFC 7301 §3.1).
@safe private let selectHTTP2: SSL_CTX_alpn_select_cb_func = { _, out, outCount, list, count, _ in
  guard let list = unsafe list else { return SSL_TLSEXT_ERR_ALERT_FATAL }
  var offset = 0
  while offset < Int(count) {
    let length = Int(unsafe list[offset])
    if length == 2, offset + 2 < Int(count), unsafe list[offset + 1] == UInt8(ascii: "h"),
      unsafe list[offset + 2] == UInt8(ascii: "2")
    {
      unsafe out?.pointee = list + offset + 1
      unsafe outCount?.pointee = 2
      return SSL_TLSEXT_ERR_OK
    }
    offset += 1 + length
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// Refuses a client's certificate that proves no one identity, while an alert can still say so.
@safe private let requireIdentity: SSL_verify_cb = { isGood, store in
  guard isGood == 1, unsafe X509_STORE_CTX_get_error_depth(store) == 0 else { return isGood }
  do throws(PeerCertificate.Fault) {
    _ = try unsafe PeerCertificate.identity(X509_STORE_CTX_get_current_cert(store))
    return 1
  } catch {
    unsafe TLSConnection.verifying(store)?.identityFault = error
    unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
    return 0
  }
}
