/// The header block of one call as it comes in: gathered field by field, judged when it is whole.
///
/// Keeps what a handler may see and the few fields that steer the call; everything else is counted
/// and dropped. All in one buffer, for there is one of these in every call.
/// - Source: gRPC PROTOCOL-HTTP2, "Requests".
package struct RequestHead: Sendable {
  /// What the block asks for.
  package enum Verdict: Hashable, Sendable {
    /// A call, to be routed by ``RequestHead/path``.
    case call
    /// No gRPC call: answered in HTTP's own terms.
    case notGRPC(httpStatus: Int)
    /// A call that cannot be served.
    case refused(Status)
  }

  /// Fields that a handler may see, each as two lengths (two bytes each, little end first), name
  /// and value.
  private var shown: [UInt8] = []
  package private(set) var path: [UInt8] = []
  /// The span that the caller gave; nil when it gave none.
  package private(set) var timeoutNanoseconds: Int64?
  /// Whether the caller can read gzip.
  package private(set) var acceptsGzip = false
  private var listBytes = 0
  private var isPost = false
  private var hasGRPCContentType = false
  private var hasBadTimeout = false
  private var hasBadMetadata = false
  private var unknownEncoding = false
  private let listBytesMax: Int

  /// - Parameter listBytesMax: names, values and 32 for each field (RFC 9113 §6.5.2).
  package init(listBytesMax: Int) { self.listBytesMax = listBytesMax }

  /// Whether the block is past its limit; what still comes is only counted.
  package var isTooLarge: Bool { listBytes > listBytesMax }

  /// Takes one field.
  package mutating func add(name: Span<UInt8>, value: Span<UInt8>) {
    listBytes += name.count + value.count + 32
    guard !isTooLarge, name.count > 0 else { return }
    if name[0] == UInt8(ascii: ":") { return addPseudo(name, value) }
    if isProtocolField(name, value) { return }
    guard Self.isPrintable(value) else { return }  // Legal in HTTP, not in metadata (fact 35).
    if Self.ends(name, with: "-bin"), !Self.isBase64List(value) { hasBadMetadata = true }
    shown.reserveCapacity(max(128, shown.count + 4 + name.count + value.count))
    for length in [name.count, value.count] {
      shown.append(UInt8(truncatingIfNeeded: length))
      shown.append(UInt8(truncatingIfNeeded: length >> 8))
    }
    Self.append(name, to: &shown)
    Self.append(value, to: &shown)
  }

  private mutating func addPseudo(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    if Self.equals(name, ":path") {
      path.removeAll(keepingCapacity: true)
      Self.append(value, to: &path)
    } else if Self.equals(name, ":method") {
      isPost = Self.equals(value, "POST")
    }
  }

  /// Takes the fields that belong to the protocol.
  ///
  /// - Returns: whether the field was one; a handler sees none of them but the retry count.
  private mutating func isProtocolField(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
    switch name.count {
    case 2: return Self.equals(name, "te")
    case 4: return Self.equals(name, "host")
    case 10: return Self.equals(name, "user-agent")
    case 12 where Self.equals(name, "content-type"):
      hasGRPCContentType = Self.isGRPCContentType(value)
      return true
    default: break
    }
    guard Self.starts(name, with: "grpc-") else { return false }
    if Self.equals(name, "grpc-timeout") {
      if timeoutNanoseconds != nil || hasBadTimeout { return true }
      do throws(WireError) { timeoutNanoseconds = try GRPCTimeout.parse(value) } catch {
        hasBadTimeout = true
      }
      return true
    }
    if Self.equals(name, "grpc-encoding") {
      unknownEncoding = !Self.equals(value, "identity")
      return true
    }
    if Self.equals(name, "grpc-accept-encoding") {
      acceptsGzip = Self.listHolds(value, "gzip")
      return true
    }
    return !Self.equals(name, "grpc-previous-rpc-attempts")
  }

  /// What the block asks for, once it is whole.
  package var verdict: Verdict {
    if isTooLarge {
      return .refused(
        Status(.resourceExhausted, "the request's header list is over \(listBytesMax) bytes"))
    }
    guard isPost else { return .notGRPC(httpStatus: 405) }
    guard hasGRPCContentType else { return .notGRPC(httpStatus: 415) }
    if hasBadTimeout { return .refused(Status(.internal, "malformed grpc-timeout")) }
    if hasBadMetadata { return .refused(Status(.internal, "malformed base64 in a -bin field")) }
    if unknownEncoding {
      return .refused(Status(.unimplemented, "the request's grpc-encoding is not supported"))
    }
    return .call
  }

  /// The fields that a handler may see.
  package var metadata: Metadata {
    var metadata = Metadata()
    var offset = 0
    while offset + 4 <= shown.count {
      let nameCount = Int(shown[offset]) | Int(shown[offset + 1]) << 8
      let valueCount = Int(shown[offset + 2]) | Int(shown[offset + 3]) << 8
      let name = offset + 4..<offset + 4 + nameCount
      let value = name.upperBound..<name.upperBound + valueCount
      offset = value.upperBound
      let key = String(decoding: shown[name], as: UTF8.self)
      guard Metadata.isBinary(key) else {
        let text = String(decoding: shown[value], as: UTF8.self)
        metadata.appendUnchecked(.init(key: key, value: .text(text)))
        continue
      }
      // Several values may have been joined by commas on the way (PROTOCOL-HTTP2).
      for part in shown[value].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      {
        let letters = Array(part.drop { $0 == 0x20 })
        if let bytes = try? Base64.decode(letters.span) {
          metadata.appendUnchecked(.init(key: key, value: .bytes(bytes)))
        }
      }
    }
    return metadata
  }
}

// MARK: - Bytes

extension RequestHead {
  private static func equals(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
    bytes.count == text.utf8CodeUnitCount && starts(bytes, with: text)
  }

  private static func starts(_ bytes: Span<UInt8>, with text: StaticString) -> Bool {
    holds(bytes, text, at: 0)
  }

  private static func ends(_ bytes: Span<UInt8>, with text: StaticString) -> Bool {
    holds(bytes, text, at: bytes.count - text.utf8CodeUnitCount)
  }

  private static func holds(_ bytes: Span<UInt8>, _ text: StaticString, at start: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard start >= 0, start + count <= bytes.count else { return false }
    return text.withUTF8Buffer { letters in
      for index in 0..<count where bytes[start + index] != letters[index] { return false }
      return true
    }
  }

  private static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
    for index in 0..<bytes.count { output.append(bytes[index]) }
  }

  private static func isPrintable(_ bytes: Span<UInt8>) -> Bool {
    for index in 0..<bytes.count where bytes[index] < 0x20 || bytes[index] > 0x7E { return false }
    return true
  }

  /// `application/grpc`, alone or before `+` or `;`.
  private static func isGRPCContentType(_ value: Span<UInt8>) -> Bool {
    let prefix: StaticString = "application/grpc"
    guard starts(value, with: prefix) else { return false }
    let count = prefix.utf8CodeUnitCount
    return value.count == count || value[count] == UInt8(ascii: "+")
      || value[count] == UInt8(ascii: ";")
  }

  private static func isBase64List(_ value: Span<UInt8>) -> Bool {
    var part: [UInt8] = []
    for index in 0...value.count {
      let letter = index < value.count ? value[index] : UInt8(ascii: ",")
      if letter == UInt8(ascii: ",") {
        if (try? Base64.decode(part.span)) == nil { return false }
        part.removeAll(keepingCapacity: true)
      } else if letter != 0x20 || !part.isEmpty {
        part.append(letter)
      }
    }
    return true
  }

  /// Whether a comma-separated list names a token.
  private static func listHolds(_ value: Span<UInt8>, _ token: StaticString) -> Bool {
    var start = 0
    for index in 0...value.count where index == value.count || value[index] == UInt8(ascii: ",") {
      var first = start
      var last = index
      while first < last, value[first] == 0x20 { first += 1 }
      while last > first, value[last - 1] == 0x20 { last -= 1 }
      if last - first == token.utf8CodeUnitCount, holds(value, token, at: first) { return true }
      start = index + 1
    }
    return false
  }
}
