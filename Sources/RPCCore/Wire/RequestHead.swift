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

  /// What a field does to every block that it is in: the same each time, and nothing that is kept.
  package enum Effect: Hashable, Sendable {
    case none
    case method(isPost: Bool)
    case contentType(isGRPC: Bool)
    case encoding(MessageEncoding?)
    case acceptsGzip
  }

  /// What became of a field.
  package enum Outcome: Hashable, Sendable {
    /// It has this effect, in this block and in any.
    case effect(Effect)
    /// It was taken for this block alone.
    case taken
    /// The block is so far past its limit that no answer is worth its decoding.
    case refused
  }

  // Confined to its call: exclusivity needs no checks at run time. Other modules do not see that
  // attribute, and would check; so they read by way of the getters below.
  @exclusivity(unchecked) private var shown = MetadataFields()
  @exclusivity(unchecked) private var pathBytes: [UInt8] = []
  @exclusivity(unchecked) private var timeout: Int64?
  @exclusivity(unchecked) private var readsGzip = false
  @exclusivity(unchecked) private var hasAuthorization = false
  @exclusivity(unchecked) private var messageEncoding = MessageEncoding.identity
  @exclusivity(unchecked) private var listBytes = 0
  @exclusivity(unchecked) private var isPost = false
  @exclusivity(unchecked) private var hasGRPCContentType = false
  @exclusivity(unchecked) private var hasBadTimeout = false
  @exclusivity(unchecked) private var unknownEncoding = false
  private let listBytesMax: Int

  /// - Parameter listBytesMax: names, values and 32 for each field (RFC 9113 §6.5.2).
  package init(listBytesMax: Int) { self.listBytesMax = listBytesMax }

  package var path: [UInt8] { pathBytes }
  /// The span that the caller gave; nil when it gave none.
  package var timeoutNanoseconds: Int64? { timeout }
  /// Whether the caller can read gzip.
  package var acceptsGzip: Bool { readsGzip }
  /// Whether there was an `authorization` field, well-formed or not.
  package var hasCredentials: Bool { hasAuthorization }
  /// How the caller's messages are encoded.
  package var encoding: MessageEncoding { messageEncoding }

  /// Whether the block is past its limit; what still comes is only counted.
  package var isTooLarge: Bool { listBytes > listBytesMax }

  /// Makes this ready for another block; memory is kept.
  package func removeAll() {
    shown.removeAll()
    pathBytes.removeAll(keepingCapacity: true)
    timeout = nil
    readsGzip = false
    hasAuthorization = false
    messageEncoding = .identity
    listBytes = 0
    isPost = false
    hasGRPCContentType = false
    hasBadTimeout = false
    unknownEncoding = false
  }

  /// The fields that a handler may see.
  package var metadata: Metadata { shown.metadata }

  /// Fields whose value is none of metadata, and is not shown.
  package var droppedFieldCount: Int { shown.droppedCount }

  /// Takes one field.
  package func add(name: Span<UInt8>, value: Span<UInt8>) -> Outcome {
    guard count(name.count + value.count + 32) else {
      return listBytes <= 4 * listBytesMax ? .taken : .refused
    }
    guard name.count > 0 else { return .taken }
    guard let effect = effect(name, value) else { return .taken }
    apply(effect)
    return .effect(effect)
  }

  /// Takes a field whose effect is known.
  ///
  /// - Parameter listBytes: name, value and 32.
  /// - Returns: false when the block is so far past its limit that no answer is worth its decoding.
  @inline(__always)
  package func add(_ effect: Effect, listBytes: Int) -> Bool {
    guard count(listBytes) else { return self.listBytes <= 4 * listBytesMax }
    apply(effect)
    return true
  }

  /// - Returns: whether the block is within its limit; what is past it is only counted.
  private func count(_ bytes: Int) -> Bool {
    listBytes += bytes
    return listBytes <= listBytesMax
  }

  private func apply(_ effect: Effect) {
    switch effect {
    case .none: break
    case .method(let isPost): self.isPost = isPost
    case .contentType(let isGRPC): hasGRPCContentType = isGRPC
    case .encoding(let known):
      messageEncoding = known ?? .identity
      unknownEncoding = known == nil
    // Of a field that comes twice the values are one list (RFC 9110 §5.3).
    case .acceptsGzip: readsGzip = true
    }
  }

  /// What a field does; nil when it was taken, for it is another in each call.
  ///
  /// A handler sees none of the protocol's own fields but the retry count.
  private func effect(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Effect? {
    if name[0] == UInt8(ascii: ":") { return pseudoEffect(name, value) }
    switch name.count {
    case 2 where name.equals("te"): return .some(.none)
    case 4 where name.equals("host"): return .some(.none)
    case 14 where name.equals("content-length"): return nil
    case 10 where name.equals("user-agent"): return .some(.none)
    case 12 where name.equals("content-type"):
      return .contentType(isGRPC: value.isGRPCContentType)
    case 13 where name.equals("authorization"): hasAuthorization = true
    default: break
    }
    if name.starts(with: "grpc-") { return protocolEffect(name, value) }
    shown.add(name: name, value: value)
    return nil
  }

  private func pseudoEffect(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Effect? {
    if name.equals(":path") {
      pathBytes.removeAll(keepingCapacity: true)
      pathBytes.append(value)
      return nil
    }
    return name.equals(":method") ? .method(isPost: value.equals("POST")) : .some(.none)
  }

  private func protocolEffect(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Effect? {
    if name.equals("grpc-timeout") {
      if timeout != nil || hasBadTimeout { return nil }
      do throws(WireError) { timeout = try GRPCTimeout.parse(value) } catch {
        hasBadTimeout = true
      }
      return nil
    }
    if name.equals("grpc-encoding") {
      return .encoding(value.equals("gzip") ? .gzip : value.equals("identity") ? .identity : nil)
    }
    if name.equals("grpc-accept-encoding") {
      return value.listHolds("gzip") ? .acceptsGzip : .some(.none)
    }
    if name.equals("grpc-previous-rpc-attempts") {
      shown.add(name: name, value: value)
      return nil
    }
    return .some(.none)
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
