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

  private var shown = MetadataFields()
  package private(set) var path: [UInt8] = []
  /// The span that the caller gave; nil when it gave none.
  package private(set) var timeoutNanoseconds: Int64?
  /// Whether the caller can read gzip.
  package private(set) var acceptsGzip = false
  /// How the caller's messages are encoded.
  package private(set) var encoding = MessageEncoding.identity
  private var listBytes = 0
  private var isPost = false
  private var hasGRPCContentType = false
  private var hasBadTimeout = false
  private var unknownEncoding = false
  private let listBytesMax: Int

  /// - Parameter listBytesMax: names, values and 32 for each field (RFC 9113 §6.5.2).
  package init(listBytesMax: Int) { self.listBytesMax = listBytesMax }

  /// Whether the block is past its limit; what still comes is only counted.
  package var isTooLarge: Bool { listBytes > listBytesMax }

  /// Makes this ready for another block; memory is kept.
  package mutating func removeAll() {
    shown.removeAll()
    path.removeAll(keepingCapacity: true)
    timeoutNanoseconds = nil
    acceptsGzip = false
    encoding = .identity
    listBytes = 0
    isPost = false
    hasGRPCContentType = false
    hasBadTimeout = false
    unknownEncoding = false
  }

  /// Whether the block is so far past its limit that no answer is worth its decoding.
  package var isAbsurd: Bool { listBytes > 4 * listBytesMax }

  /// The fields that a handler may see.
  package var metadata: Metadata { shown.metadata }

  /// Takes one field.
  package mutating func add(name: Span<UInt8>, value: Span<UInt8>) {
    listBytes += name.count + value.count + 32
    guard !isTooLarge, name.count > 0 else { return }
    if name[0] == UInt8(ascii: ":") { return addPseudo(name, value) }
    if !isProtocolField(name, value) { shown.add(name: name, value: value) }
  }

  private mutating func addPseudo(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    if name.equals(":path") {
      path.removeAll(keepingCapacity: true)
      path.append(value)
    } else if name.equals(":method") {
      isPost = value.equals("POST")
    }
  }

  /// Takes the fields that belong to the protocol.
  ///
  /// - Returns: whether the field was one; a handler sees none of them but the retry count.
  private mutating func isProtocolField(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
    switch name.count {
    case 2: return name.equals("te")
    case 4: return name.equals("host")
    case 14 where name.equals("content-length"): return true
    case 10: return name.equals("user-agent")
    case 12 where name.equals("content-type"):
      hasGRPCContentType = value.isGRPCContentType
      return true
    default: break
    }
    guard name.starts(with: "grpc-") else { return false }
    if name.equals("grpc-timeout") {
      if timeoutNanoseconds != nil || hasBadTimeout { return true }
      do throws(WireError) { timeoutNanoseconds = try GRPCTimeout.parse(value) } catch {
        hasBadTimeout = true
      }
      return true
    }
    if name.equals("grpc-encoding") {
      if value.equals("gzip") {
        encoding = .gzip
      } else {
        unknownEncoding = !value.equals("identity")
      }
      return true
    }
    if name.equals("grpc-accept-encoding") {
      acceptsGzip = value.listHolds("gzip")
      return true
    }
    return !name.equals("grpc-previous-rpc-attempts")
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
    if shown.hasMalformedBase64 {
      return .refused(Status(.internal, "malformed base64 in a -bin field"))
    }
    if unknownEncoding {
      return .refused(Status(.unimplemented, "the request's grpc-encoding is not supported"))
    }
    return .call
  }
}
