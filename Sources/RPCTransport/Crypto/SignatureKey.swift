internal import COpenSSL

/// A public key that checks signatures over SHA-256 (OpenSSL EVP): the one door to them.
///
/// The key is never changed once it is made, so any thread may check with it (EVP_PKEY(7)).
@safe package final class SignatureKey: @unchecked Sendable {
  private let key: OpaquePointer

  /// - Parameter subjectPublicKeyInfo: DER (RFC 5280 §4.1.2.7), of an RSA key of 2048 to 8192 bits
  ///   or a P-256 key. Nil when it is not that, or the point is not on the curve.
  package init?(subjectPublicKeyInfo der: [UInt8]) {
    defer { ERR_clear_error() }
    let made = unsafe der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var cursor = buffer.baseAddress
      return unsafe d2i_PUBKEY(nil, &cursor, buffer.count)
    }
    guard let made = unsafe made else { return nil }
    unsafe key = made
    let bits = unsafe EVP_PKEY_get_bits(made)
    let isRSA = unsafe EVP_PKEY_get_base_id(made) == EVP_PKEY_RSA
    let isFit = isRSA ? (2_048...8_192).contains(bits) : bits == 256
    guard isFit else { return nil }
  }

  deinit { unsafe EVP_PKEY_free(key) }

  /// - Parameter signature: PKCS #1 v1.5 of an RSA key, DER of an elliptic curve's.
  package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else {
      return false
    }
    return unsafe EVP_DigestVerify(
      context, signature, signature.count, message, message.count) == 1
  }

  /// SHA-256; nil when OpenSSL fails, which takes a lack of memory.
  package static func digest(of bytes: [UInt8]) -> [UInt8]? {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    guard unsafe EVP_Digest(bytes, bytes.count, &digest, &length, EVP_sha256(), nil) == 1 else {
      return nil
    }
    return digest
  }
}
