internal import COpenSSL

/// Why a connection ended in TLS, as metrics and the log name it.
package enum TLSRefusal: String, Sendable, Hashable, CaseIterable {
  /// The peer does not offer HTTP/2 (RFC 9113 §3.2).
  case noALPN = "no_alpn_h2"
  /// No version, cipher, group or signature is known to both sides.
  case nothingShared = "no_shared_cipher_or_version"
  case noClientCertificate = "no_client_certificate"
  /// The chain does not lead to an authority that is trusted, or is not fit for what it is used for.
  case untrustedCertificate = "untrusted_certificate"
  /// Past its end, or before its begin.
  case expiredCertificate = "expired_certificate"
  /// A certificate that is in order and names nobody (facts/operations §1.4).
  case noIdentity = "no_spiffe_id"
  case timeout = "handshake_timeout"
  case peerClosed = "peer_closed"
  /// The peer's own alert: most often it does not trust the certificate that it was shown.
  case peerAlert = "peer_alert"
  /// As many handshakes were under way as may be.
  case turnedAway = "too_many_handshakes"
  /// As many of the same address were.
  case sourceTurnedAway = "too_many_handshakes_of_one_address"
  /// What the peer sent is no TLS at all, such as cleartext HTTP.
  case notTLS = "not_tls"
  /// Everything else that OpenSSL finds; its text says what.
  case other = "other"

  /// What OpenSSL's newest error means.
  ///
  /// - Parameters:
  ///   - code: the error, packed; 0 for none.
  ///   - verified: what became of the peer's certificate, an `X509_V_` code.
  init(openSSL code: UInt, verified: Int) {
    let reason = Int32(truncatingIfNeeded: code & 0x7F_FFFF)
    guard Int32(truncatingIfNeeded: (code >> 23) & 0xFF) == ERR_LIB_SSL else {
      self = .other
      return
    }
    switch reason {
    // The one callback that fails is that which asks for the ALPN extension.
    case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_CALLBACK_FAILED: self = .noALPN
    case SSL_R_NO_SHARED_CIPHER, SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW,
      SSL_R_VERSION_TOO_HIGH, SSL_R_UNKNOWN_PROTOCOL, SSL_R_WRONG_SSL_VERSION,
      SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SUITABLE_KEY_SHARE,
      SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      self = .nothingShared
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: self = .noClientCertificate
    case SSL_R_CERTIFICATE_VERIFY_FAILED: self = Self(verified: Int32(clamping: verified))
    case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: self = .notTLS
    case SSL_AD_REASON_OFFSET...(SSL_AD_REASON_OFFSET + 255): self = .peerAlert
    default: self = .other
    }
  }

  private init(verified: Int32) {
    switch verified {
    case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID: self = .expiredCertificate
    // Set by our own judgement of the names alone.
    case X509_V_ERR_APPLICATION_VERIFICATION: self = .noIdentity
    default: self = .untrustedCertificate
    }
  }
}

/// That a connection ended in TLS.
package struct TLSFailure: Sendable, Hashable {
  package let reason: TLSRefusal
  /// For a person; nothing in it was written by the peer.
  package let text: String

  package init(reason: TLSRefusal, text: String) {
    self.reason = reason
    self.text = text
  }
}
