public import ProtobufRuntime
public import RPCCore
internal import RPCServices

/// Server reflection: what a client with no .proto files asks. Served as v1 and as v1alpha, which
/// are the same on the wire (gRFC A15).
public struct ReflectionService: RPCService {
  private let index: ReflectionIndex

  /// - Parameters:
  ///   - services: the full names of the services that are served.
  ///   - files: every file that they are declared in or need, in no order.
  public init(services: [String], files: [FileDescriptor]) {
    index = ReflectionIndex(services: services, files: files)
  }

  public var methods: [RPCMethod] {
    [
      ServerReflectionRPC.serverReflectionInfo,
      V1AlphaServerReflectionRPC.serverReflectionInfo,
    ].map { descriptor in
      .bidirectional(descriptor) {
        (
          requests: MessageStream<ServerReflectionRequest>,
          responses: MessageWriter<ServerReflectionResponse>, _
        ) in
        while let request = try await requests.next() {
          try await responses.write(index.answer(request))
        }
      }
    }
  }
}
