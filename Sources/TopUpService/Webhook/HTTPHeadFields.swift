/// The fields of a head that mean something here; others are checked for their form and forgotten.
///
/// Form and repetition are judged as a line comes; what the fields say together is judged at the
/// end of the head, so that their order never matters.
struct HTTPHeadFields: Hashable, Sendable {
  /// What a head without fault promises.
  struct Promise: Hashable, Sendable {
    let host: [UInt8]
    let contentType: [UInt8]
    let signature: [UInt8]?
    let bodyBytes: Int
    let expectsContinue: Bool
  }

  private enum TransferCoding: Hashable, Sendable { case chunked, other }
  private enum Expectation: Hashable, Sendable { case goOn, other }

  private var host: [UInt8]?
  private var contentType: [UInt8]?
  private var signature: [UInt8]?
  private var contentLength: Int?
  private var transferCoding: TransferCoding?
  private var expectation: Expectation?
  private var hasContentEncoding = false
  private var hasUpgrade = false

  /// Takes a field's line, its line end not included.
  ///
  /// - Source: RFC 9112 §5.
  mutating func add(_ line: [UInt8]) throws(WebhookRefusal) {
    if let first = line.first, HTTPBytes.isBlank(first) { throw .foldedField }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .malformedFieldName }
    let name = line[..<colon]
    if let last = name.last, HTTPBytes.isBlank(last) { throw .spaceBeforeColon }
    guard !name.isEmpty, name.allSatisfy(HTTPBytes.isToken) else { throw .malformedFieldName }
    let value = HTTPBytes.trimmed(line[(colon + 1)...])
    switch HTTPBytes.lowercasedText(name) {
    case "host": try set(\.host, value, orThrow: .hostDuplicate)
    case "content-type": try set(\.contentType, value, orThrow: .fieldDuplicate)
    case "stripe-signature": try set(\.signature, value, orThrow: .fieldDuplicate)
    case "content-length":
      guard contentLength == nil else { throw .contentLengthDuplicate }
      contentLength = try Self.length(value)
    case "transfer-encoding":
      let isPlain = transferCoding == nil && HTTPBytes.lowercasedText(value) == "chunked"
      transferCoding = isPlain ? .chunked : .other
    case "expect":
      let isKnown = expectation == nil && HTTPBytes.lowercasedText(value) == "100-continue"
      expectation = isKnown ? .goOn : .other
    case "content-encoding": hasContentEncoding = true
    case "upgrade": hasUpgrade = true
    default: break
    }
  }

  /// Judges the fields together; the first of their faults in a fixed order is told.
  ///
  /// Framing goes first: of a request that two readers could cut differently nothing else counts.
  func promise(_ rules: HTTPRequestRules) throws(WebhookRefusal) -> Promise {
    if contentLength != nil, transferCoding != nil { throw .lengthAndTransferEncoding }
    guard let host else { throw .hostMissing }
    guard let place = HTTPHost(host) else { throw .hostMalformed }
    guard rules.serves(place) else { throw .hostUnknown }
    if hasUpgrade { throw .upgradePresent }
    // RFC 9112 §6.1 has 501 for a coding that is not understood, §6.3 has 411 for a body that is
    // understood but comes without its length.
    if transferCoding == .other { throw .transferEncodingUnsupported }
    guard let contentLength else { throw .lengthRequired }
    guard contentLength <= rules.bodyBytesMax else { throw .bodyTooLarge }
    if hasContentEncoding { throw .contentEncodingPresent }
    guard let contentType, Self.isJSON(contentType) else { throw .contentTypeUnsupported }
    if expectation == .other { throw .expectationFailed }
    return Promise(
      host: host, contentType: contentType, signature: signature, bodyBytes: contentLength,
      expectsContinue: expectation == .goOn)
  }

  private mutating func set(
    _ field: WritableKeyPath<Self, [UInt8]?>, _ value: ArraySlice<UInt8>,
    orThrow duplicate: WebhookRefusal
  ) throws(WebhookRefusal) {
    guard self[keyPath: field] == nil else { throw duplicate }
    self[keyPath: field] = Array(value)
  }

  /// Reads a length written in the one shortest way: a reader that takes `+2`, `0x2` or `2, 2`
  /// for something is a reader that can be made to disagree with another.
  private static func length(_ digits: ArraySlice<UInt8>) throws(WebhookRefusal) -> Int {
    guard !digits.isEmpty, digits.allSatisfy(HTTPBytes.isDigit),
      digits.count == 1 || digits.first != UInt8(ascii: "0"),
      let length = Int(String(decoding: digits, as: UTF8.self))
    else { throw .contentLengthMalformed }
    return length
  }

  /// Whether a Content-Type is JSON's, with no parameter but a charset of UTF-8.
  private static func isJSON(_ value: [UInt8]) -> Bool {
    let parts = value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .map { HTTPBytes.lowercasedText(HTTPBytes.trimmed($0)) }
    guard parts[0] == "application/json" else { return false }
    switch parts.count {
    case 1: return true
    case 2: return parts[1] == "charset=utf-8" || parts[1] == "charset=\"utf-8\""
    default: return false
    }
  }
}
