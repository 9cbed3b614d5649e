/// Why a request was answered without anybody being asked about it.
///
/// One case for each row of the refusal table, so that a metric tells an attack from a wrong
/// setting at the ingress. The peer sees the status only.
package enum WebhookRefusal: String, Error, Hashable, Sendable, CaseIterable {
  // MARK: Request line

  /// Not a method, a target and a version with single blanks between.
  case malformedRequestLine = "malformed_request_line"
  /// HTTP/1.0, HTTP/0.9, HTTP/1.2, or the preface of HTTP/2.
  case versionUnsupported = "version_unsupported"
  /// A proxy's method; nothing is proxied here.
  case connectMethod = "connect_method"
  case methodNotAllowed = "method_not_allowed"
  /// The absolute, authority or asterisk form of a target (RFC 9112 §3.2.2 to §3.2.4).
  case targetForm = "target_form"
  case pathUnknown = "path_unknown"
  case queryPresent = "query_present"

  // MARK: Syntax of the head

  /// A control byte where none may stand; NUL and a TLS hello are such.
  case controlByte = "control_byte"
  case bareLineFeed = "bare_line_feed"
  case bareCarriageReturn = "bare_carriage_return"
  /// A field that goes on in the next line (obs-fold, RFC 9112 §5.2).
  case foldedField = "folded_field"
  case spaceBeforeColon = "space_before_colon"
  /// A field's name is no token, or there is no colon.
  case malformedFieldName = "malformed_field_name"
  case headTooLarge = "head_too_large"
  case tooManyFields = "too_many_fields"

  // MARK: Framing

  case contentLengthDuplicate = "content_length_duplicate"
  /// A list, signed, hexadecimal, padded with zeros, empty, or past the end of `Int`.
  case contentLengthMalformed = "content_length_malformed"
  /// Both Content-Length and Transfer-Encoding: what smuggling is made of (RFC 9112 §11.2).
  case lengthAndTransferEncoding = "length_and_transfer_encoding"
  /// No Content-Length; a chunked body counts as that.
  case lengthRequired = "length_required"
  /// A transfer coding other than plain `chunked`.
  case transferEncodingUnsupported = "transfer_encoding_unsupported"
  case bodyTooLarge = "body_too_large"

  // MARK: Fields

  case hostMissing = "host_missing"
  case hostDuplicate = "host_duplicate"
  case hostMalformed = "host_malformed"
  case hostUnknown = "host_unknown"
  case contentTypeUnsupported = "content_type_unsupported"
  case contentEncodingPresent = "content_encoding_present"
  case upgradePresent = "upgrade_present"
  case expectationFailed = "expectation_failed"
  /// Another field that has one value came twice.
  case fieldDuplicate = "field_duplicate"

  // MARK: Time and room

  case headTimeout = "head_timeout"
  case bodyTimeout = "body_timeout"
  case bodyTooSlow = "body_too_slow"
  /// The listener's connections hold as many bytes as they may.
  case buffersFull = "buffers_full"
  /// More requests than the bucket holds.
  case rateLimited = "rate_limited"
  /// Whoever decides did not answer in time; the sender comes again.
  case answerTimeout = "answer_timeout"

  package var status: HTTPStatus {
    switch self {
    case .malformedRequestLine, .connectMethod, .targetForm, .controlByte, .bareLineFeed,
      .bareCarriageReturn, .foldedField, .spaceBeforeColon, .malformedFieldName,
      .contentLengthDuplicate, .contentLengthMalformed, .lengthAndTransferEncoding, .hostMissing,
      .hostDuplicate, .hostMalformed, .upgradePresent, .fieldDuplicate:
      .badRequest
    case .pathUnknown, .queryPresent: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .headTimeout, .bodyTimeout, .bodyTooSlow: .requestTimeout
    case .lengthRequired: .lengthRequired
    case .bodyTooLarge: .contentTooLarge
    case .contentTypeUnsupported, .contentEncodingPresent: .unsupportedMediaType
    case .expectationFailed: .expectationFailed
    case .hostUnknown: .misdirectedRequest
    case .rateLimited: .tooManyRequests
    case .headTooLarge, .tooManyFields: .headerFieldsTooLarge
    case .transferEncodingUnsupported: .notImplemented
    case .buffersFull, .answerTimeout: .serviceUnavailable
    case .versionUnsupported: .versionNotSupported
    }
  }
}
