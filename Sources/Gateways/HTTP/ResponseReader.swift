internal import TopUpCore

/// Collects a response from the pieces curl hands over, within bounds.
struct ResponseReader {
  /// Which bound a response passed.
  enum Overflow: Hashable, Sendable {
    case header(bytesMax: Int)
    case body(bytesMax: Int)
  }

  private let headerBytesMax: Int
  private let bodyBytesMax: Int
  private var headers: [HTTPField] = []
  private var body: [UInt8] = []
  private var headerBytes = 0
  private var isInHeader = false
  /// Whether a final header has come to its end. curl passes one that was cut for a whole one.
  private(set) var isHeaderWhole = false
  private(set) var overflow: Overflow?

  init(headerBytesMax: Int, bodyBytesMax: Int) {
    self.headerBytesMax = headerBytesMax
    self.bodyBytesMax = bodyBytesMax
  }

  /// Takes one header line, its line break included.
  ///
  /// Each status line begins anew: interim answers (1xx) come before the final one. Lines after
  /// the header's end are trailers, which nothing here uses.
  /// - Returns: false when the header has grown past its bound.
  mutating func takeHeaderLine(_ line: [UInt8]) -> Bool {
    headerBytes += line.count
    guard headerBytes <= headerBytesMax else {
      overflow = .header(bytesMax: headerBytesMax)
      return false
    }
    let text = String(decoding: line, as: UTF8.self).trimmingBlanks
    if text.hasPrefix("HTTP/") {
      headers = []
      isInHeader = true
      isHeaderWhole = false
    } else if text.isEmpty {
      isHeaderWhole = isInHeader || isHeaderWhole
      isInHeader = false
    } else if isInHeader, let colon = text.firstIndex(of: ":") {
      headers.append(
        HTTPField(
          text[..<colon].lowercased(), String(text[text.index(after: colon)...]).trimmingBlanks))
    }
    return true
  }

  /// - Returns: false when the body has grown past its bound.
  mutating func takeBody(_ bytes: some Collection<UInt8>) -> Bool {
    guard body.count + bytes.count <= bodyBytesMax else {
      overflow = .body(bytesMax: bodyBytesMax)
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  /// The whole response.
  consuming func response(status: Int) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: body)
  }
}

extension StringProtocol {
  /// The text without blanks, tabs and line breaks at its ends.
  var trimmingBlanks: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
    return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
