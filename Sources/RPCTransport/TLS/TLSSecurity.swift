internal import COpenSSL

/// What TLS agreed on, and who showed what.
package struct TLSSecurity: Sendable {
  /// As IANA's registry writes it, such as `TLS_AES_128_GCM_SHA256`.
  package let cipher: String
  /// DER; empty when none was shown.
  package let localCertificate: [UInt8]
  package let remoteCertificate: [UInt8]

  /// - Parameter ssl: an `SSL` whose handshake is over.
  init?(_ ssl: OpaquePointer?) {
    guard let current = unsafe SSL_get_current_cipher(ssl),
      let name = unsafe SSL_CIPHER_standard_name(current)
    else { return nil }
    cipher = unsafe String(cString: name)
    localCertificate = unsafe Self.der(SSL_get_certificate(ssl))
    let remote = unsafe SSL_get1_peer_certificate(ssl)
    defer { unsafe X509_free(remote) }
    remoteCertificate = unsafe Self.der(remote)
  }

  private static func der(_ certificate: OpaquePointer?) -> [UInt8] {
    guard let certificate = unsafe certificate else { return [] }
    let count = unsafe i2d_X509(certificate, nil)
    guard count > 0 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: Int(count)) { bytes, written in
      var target = bytes.baseAddress
      written = unsafe max(0, Int(i2d_X509(certificate, &target)))
    }
  }
}
