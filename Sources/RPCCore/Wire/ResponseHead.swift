/// One header block of an answer as it comes in, at its head or its end: gathered field by field,
/// judged when it is whole.
///
/// - Source: gRPC PROTOCOL-HTTP2, "Responses"; http-grpc-status-mapping.
package struct ResponseHead: Sendable {
  /// What the block says.
  package enum Verdict: Hashable, Sendable {
    /// An informational answer (1xx): the real one is still to come.
    case interim
    /// The call was taken up: messages follow.
    case messages
    /// The call is over: trailers, alone or after messages, or an answer that is not gRPC.
    case end(Status)
  }

  private var shown = MetadataFields()
  /// How the answer's messages are encoded.
  package private(set) var encoding = MessageEncoding.identity
  private var hasUnknownEncoding = false
  private var message: [UInt8] = []
  private var statusText: [UInt8]?
  private var httpStatus: Int?
  private var hasGRPCContentType = false
  private var listBytes = 0
  private let listBytesMax: Int

  /// - Parameter listBytesMax: names, values and 32 for each field (RFC 9113 §6.5.2).
  package init(listBytesMax: Int) { self.listBytesMax = listBytesMax }

  /// The fields that a caller may see.
  package var metadata: Metadata { shown.metadata }

  /// Takes one field.
  package mutating func add(name: Span<UInt8>, value: Span<UInt8>) {
    listBytes += name.count + value.count + 32
    guard listBytes <= listBytesMax else { return }
    if name.equals(":status") {
      httpStatus = Self.decimal(value).map { Int($0) }
    } else if name.equals("content-type") {
      hasGRPCContentType = value.isGRPCContentType
    } else if name.equals("grpc-status") {
      var text: [UInt8] = []
      text.append(value)
      statusText = text
    } else if name.equals("grpc-encoding") {
      if value.equals("gzip") {
        encoding = .gzip
      } else {
        hasUnknownEncoding = !value.equals("identity")
      }
    } else if name.equals("grpc-message") {
      message.removeAll()
      message.append(value)
    } else if !name.starts(with: "grpc-") || name.equals("grpc-status-details-bin")
      || name.equals("grpc-retry-pushback-ms")
    {
      shown.add(name: name, value: value)
    }
  }

  /// What the block says, once it is whole.
  ///
  /// - Parameters:
  ///   - isTrailers: whether a block that said ``Verdict/messages`` came before.
  ///   - endsStream: whether nothing follows.
  package func verdict(isTrailers: Bool, endsStream: Bool) -> Verdict {
    if listBytes > listBytesMax {
      return .end(
        Status(.resourceExhausted, "the answer's header list is over \(listBytesMax) bytes"))
    }
    if isTrailers { return .end(statusInFields ?? Self.noStatus) }
    guard let httpStatus else {
      return .end(Status(.unknown, "the answer has no valid HTTP status"))
    }
    if (100..<200).contains(httpStatus), !endsStream { return .interim }
    guard httpStatus == 200, hasGRPCContentType else {
      // A status of gRPC's own counts for more than what carries it.
      if let status = statusInFields { return .end(status) }
      return .end(
        Status(
          StatusCode(httpStatus: httpStatus),
          httpStatus == 200
            ? "the answer's content-type is not application/grpc"
            : "the answer is HTTP status \(httpStatus), not gRPC"))
    }
    if endsStream { return .end(statusInFields ?? Self.noStatus) }
    if shown.hasMalformedBase64 { return .end(Self.malformedBase64) }
    if hasUnknownEncoding {
      return .end(Status(.internal, "the answer has an encoding that was not offered"))
    }
    return .messages
  }

  /// An answer that ends without saying how the call went.
  package static let noStatus = Status(.unknown, "the answer ended without a grpc-status")
  private static let malformedBase64 = Status(.internal, "malformed base64 in a -bin field")

  /// The status that the fields hold; nil when there is none.
  private var statusInFields: Status? {
    guard let statusText else { return nil }
    guard let code = Self.decimal(statusText.span) else {
      return Status(.unknown, "the answer's grpc-status is not a number")
    }
    // A failure keeps its status; a success that cannot be read whole is none.
    if code == 0, shown.hasMalformedBase64 { return Self.malformedBase64 }
    return Status(StatusCode(rawValue: code), PercentEncoding.decode(message.span))
  }

  private static func decimal(_ text: Span<UInt8>) -> UInt32? {
    guard text.count > 0, text.count <= 9 else { return nil }
    var value: UInt32 = 0
    for index in 0..<text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value * 10 + UInt32(digit)
    }
    return value
  }
}
