import KitchenSink
import ProtobufRuntime
import RPCCore
import Testing

@Suite struct GeneratedServiceTests {
  /// Compiles only while the protocol has the shapes that handlers are written against.
  private struct Cook: KitchenServiceProtocol {
    func cook(_ request: CookRequest, context: ServerContext) async throws -> CookResponse {
      CookResponse(sink: request.sink)
    }

    func cookMany(
      _ request: CookRequest, responses: MessageWriter<CookResponse>, context: ServerContext
    ) async throws {
      try await responses.write(CookResponse(sink: request.sink))
    }

    func cookTogether(
      _ requests: MessageStream<CookRequest>, context: ServerContext
    ) async throws -> CookResponse {
      CookResponse(sink: try await requests.next()?.sink)
    }

    func cookAlong(
      _ requests: MessageStream<CookRequest>, responses: MessageWriter<CookResponse>,
      context: ServerContext
    ) async throws {
      for try await request in requests {
        try await responses.write(CookResponse(sink: request.sink))
      }
    }
  }

  @Test func `a service offers every method of its contract`() {
    #expect(Cook().methods.map(\.descriptor) == KitchenRPC.all)
    #expect(
      KitchenRPC.all.map(\.path) == [
        "/test.v1.Kitchen/Cook", "/test.v1.Kitchen/CookMany", "/test.v1.Kitchen/CookTogether",
        "/test.v1.Kitchen/CookAlong",
      ])
    #expect(
      KitchenRPC.all.map(\.type) == [.unary, .serverStream, .clientStream, .bidirectional])
    #expect(KitchenRPC.all.allSatisfy { $0.requestBytesMax == 262_144 })
  }

  @Test func `a message knows its full name`() {
    #expect(KitchenSink.Inner.fullName == "test.v1.KitchenSink.Inner")
    #expect(ActorMessage.fullName == "test.v1.Actor")
    #expect(ProtobufTimestamp.fullName == "google.protobuf.Timestamp")
  }
}
