internal import COpenSSL

/// What OpenSSL says of its failures. Its queue of errors belongs to the thread, and a stale one
/// makes the next call look failed (SSL_get_error(3)): cleared before a call, drained after.
enum OpenSSL {
  static func clearErrors() { ERR_clear_error() }

  /// Empties the queue.
  ///
  /// - Returns: the reasons, the first cause first; nil when there is none.
  static func takeErrors() -> String? {
    var reasons: [String] = []
    while true {
      let code = ERR_get_error()
      guard code != 0 else { break }
      // A path that cannot be opened is the system's error, for which OpenSSL keeps no text.
      if let text = unsafe ERR_reason_error_string(code) {
        reasons.append(unsafe String(cString: text))
      } else {
        var buffer = [CChar](repeating: 0, count: 160)
        unsafe ERR_error_string_n(code, &buffer, buffer.count)
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        reasons.append(text.split(separator: ":").last.map(String.init) ?? text)
      }
    }
    var seen: Set<String> = []
    let distinct = reasons.filter { seen.insert($0).inserted }
    return distinct.isEmpty ? nil : distinct.joined(separator: "; ")
  }

  static func takeErrors(or fallback: String) -> String { takeErrors() ?? fallback }

  static func verifyText(_ code: Int) -> String {
    unsafe String(cString: X509_verify_cert_error_string(code))
  }
}
