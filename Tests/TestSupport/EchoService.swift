package import RPCCore

/// A message that is its bytes.
package struct Bytes: RPCMessage, Equatable {
  package var bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package init(serializedBytes span: RawSpan) throws(MessageError) {
    bytes = []
    bytes.reserveCapacity(span.byteCount)
    for offset in 0..<span.byteCount { bytes.append(span.byte(offset)) }
    if bytes == Array("malformed".utf8) { throw .malformed("it says so") }
  }

  package func withSerializedBytes(_ body: (RawSpan) -> Void) { body(bytes.span.bytes) }
}

/// Every kind of call, to be held against stock clients and servers.
package struct EchoService: RPCService {
  package init() {}

  package static func descriptor(_ method: String, _ type: CallType) -> MethodDescriptor {
    MethodDescriptor(service: "test.Echo", method: method, type: type)
  }

  package var methods: [RPCMethod] {
    [
      .unary(Self.descriptor("Unary", .unary)) { (request: Bytes, _) in request },
      .unary(Self.descriptor("Fail", .unary)) { (request: Bytes, _) -> Bytes in
        throw RPCError(
          .failedPrecondition, String(decoding: request.bytes, as: UTF8.self),
          trailers: ["why": "asked to"])
      },
      .unary(Self.descriptor("Metadata", .unary)) { (request: Bytes, context) -> Bytes in
        var copy = Metadata()
        for element in context.metadata { copy.appendUnchecked(element) }
        await context.setInitialMetadata(copy)
        await context.addTrailers(copy)
        return request
      },
      .unary(Self.descriptor("Sleep", .unary)) { (request: Bytes, _) -> Bytes in
        await untilCancelled()
        throw CancellationError()
      },
      .clientStream(Self.descriptor("Count", .clientStream)) {
        (requests: MessageStream<Bytes>, _) -> Bytes in
        var count = 0
        while let request = try await requests.next() { count += request.bytes.count }
        return Bytes(Array("\(count)".utf8))
      },
      .serverStream(Self.descriptor("Repeat", .serverStream)) {
        (request: Bytes, writer: MessageWriter<Bytes>, _) in
        let count = Int(String(decoding: request.bytes, as: UTF8.self)) ?? 0
        for index in 0..<max(0, count) {
          try await writer.write(Bytes([UInt8](repeating: UInt8(index & 0xFF), count: 1000)))
        }
      },
      .bidirectional(Self.descriptor("Both", .bidirectional)) {
        (requests: MessageStream<Bytes>, writer: MessageWriter<Bytes>, _) in
        while let request = try await requests.next() { try await writer.write(request) }
      },
    ]
  }
}

/// Returns when the task is cancelled.
package func untilCancelled() async {
  let (stream, continuation) = AsyncStream<Never>.makeStream()
  for await _ in stream {}
  withExtendedLifetime(continuation) {}
}
