package import TopUpCore

/// Writes answers: a status, its reason as text, and the end of the connection.
///
/// All answers of one status are the same bytes but for the date, so that nobody learns from one
/// why a signature failed. No banner names the server.
package enum HTTPAnswer {
  /// The interim answer to `Expect: 100-continue` (RFC 9110 §10.1.1).
  package static let goOn = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// A whole answer.
  ///
  /// - Parameter now: for the Date that RFC 9110 §6.6.1 asks of a server with a clock.
  package static func bytes(_ status: HTTPStatus, now: UnixTime) -> [UInt8] {
    let text = status.reason + "\n"
    var head = "HTTP/1.1 \(status.rawValue) \(status.reason)\r\n"
    head += "Date: \(IMFFixdate.text(now))\r\n"
    switch status {
    case .methodNotAllowed: head += "Allow: POST\r\n"  // RFC 9110 §15.5.6
    case .tooManyRequests, .serviceUnavailable: head += "Retry-After: 1\r\n"
    case .ok, .badRequest, .notFound, .requestTimeout, .lengthRequired, .contentTooLarge,
      .unsupportedMediaType, .expectationFailed, .misdirectedRequest, .headerFieldsTooLarge,
      .notImplemented, .versionNotSupported:
      break
    }
    head += "Content-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\n"
    return Array((head + "Connection: close\r\n\r\n" + text).utf8)
  }
}
