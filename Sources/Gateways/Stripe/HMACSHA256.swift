internal import COpenSSL

/// HMAC-SHA256 (RFC 2104, FIPS 180-4) by OpenSSL: the one door to it here.
enum HMACSHA256 {
  static let bytes = 32

  /// - Returns: nil when OpenSSL fails, which takes a lack of memory or a broken provider.
  static func code(of message: [UInt8], key: [UInt8]) -> [UInt8]? {
    var code = [UInt8](repeating: 0, count: bytes)
    var length: UInt32 = 0
    let result = unsafe code.withUnsafeMutableBufferPointer { code in
      unsafe HMAC(
        EVP_sha256(), key, Int32(key.count), message, message.count, code.baseAddress, &length)
    }
    guard unsafe result != nil, length == bytes else { return nil }
    return code
  }

  /// Compares in a time that tells nothing of where the first difference is (CRYPTO_memcmp(3)).
  static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe CRYPTO_memcmp(left, right, left.count) == 0
  }
}
