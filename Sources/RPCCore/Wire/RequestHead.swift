/// The header block of one call as it comes in: gathered field by field, judged when it is whole.
///
/// Keeps what a handler may see and the few fields that steer the call; everything else is counted
/// and dropped. An object, kept with its memory from call to call, and confined to one: a value
/// would be copied at each look across modules.
/// - Source: gRPC PROTOCOL-HTTP2, "Requests".
package final class RequestHead {
  /// What the block asks for.
  package enum Verdict: Hashable, Sendable {
    /// A call, to be routed by ``RequestHead/path``.
    case call
    /// No gRPC call: answered in HTTP's own terms.
    case notGRPC(httpStatus: Int)
    /// A call that cannot be served.
    case refused(Status)
  }

  // Confined to its call: exclusivity needs no checks at run time.
  @exclusivity(unchecked) private var shown = MetadataFields()
  @exclusivity(unchecked) package private(set) var path: [UInt8] = []
  /// The span that the caller gave; nil when it gave none.
  @exclusivity(unchecked) package private(set) var timeoutNanoseconds: Int64?
  /// Whether the caller can read gzip.
  @exclusivity(unchecked) package private(set) var acceptsGzip = false
  /// How the caller's messages are encoded.
  @exclusivity(unchecked) package private(set) var encoding = MessageEncoding.identity
  @exclusivity(unchecked) private var listBytes = 0
  @exclusivity(unchecked) private var isPost = false
  @exclusivity(unchecked) private var hasGRPCContentType = false
  @exclusivity(unchecked) private var hasBadTimeout = false
  @exclusivity(unchecked) private var unknownEncoding = false
  private let listBytesMax: Int

  /// - Parameter listBytesMax: names, values and 32 for each field (RFC 9113 §6.5.2).
  package init(listBytesMax: Int) { self.listBytesMax = listBytesMax }

  /// Whether the block is past its limit; what still comes is only counted.
  package var isTooLarge: Bool { listBytes > listBytesMax }

  /// Makes this ready for another block; memory is kept.
  package func removeAll() {
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

  /// The fields that a handler may see.
  package var metadata: Metadata { shown.metadata }

  /// Takes one field.
  ///
  /// - Returns: false when the block is so far past its limit that no answer is worth its decoding.
  package func add(name: Span<UInt8>, value: Span<UInt8>) -> Bool {
    listBytes += name.count + value.count + 32
    guard listBytes <= listBytesMax else { return listBytes <= 4 * listBytesMax }
    guard name.count > 0 else { return true }
    if name[0] == UInt8(ascii: ":") {
      addPseudo(name, value)
    } else if !isProtocolField(name, value) {
      shown.add(name: name, value: value)
    }
    return true
  }

  private func addPseudo(_ name: Span<UInt8>, _ value: Span<UInt8>) {
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
  private func isProtocolField(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
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
      // Of a field that comes twice the values are one list (RFC 9110 §5.3).
      if value.listHolds("gzip") { acceptsGzip = true }
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
