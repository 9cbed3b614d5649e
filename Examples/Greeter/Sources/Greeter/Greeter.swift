import GreeterAPI
import RPCClient
import RPCCore
import RPCServer

struct Greeter: GreeterServiceProtocol {
  func greet(_ request: GreetRequest, context: ServerContext) async throws -> GreetResponse {
    guard !request.name.isEmpty else {
      throw RPCError(.invalidArgument, "name is empty: say who is to be greeted")
    }
    return GreetResponse(greeting: "Hello, \(request.name)!")
  }

  func greetAll(
    _ requests: MessageStream<GreetAllRequest>, responses: MessageWriter<GreetAllResponse>,
    context: ServerContext
  ) async throws {
    for try await request in requests {
      try await responses.write(GreetAllResponse(greeting: "Hello, \(request.name)!"))
    }
  }
}

@main
struct Program {
  static func main() async throws {
    let server = try await RPCServer.start([Greeter(), HealthService()])
    let channel = try RPCChannel(host: "127.0.0.1", port: server.port)
    let greeter = GreeterClient(channel)

    let response = try await greeter.greet(GreetRequest(name: "Ada"))
    print(response.greeting)

    do throws(RPCError) {
      _ = try await greeter.greet(GreetRequest(), options: CallOptions(timeout: .seconds(1)))
    } catch {
      print("\(error.status.code): \(error.status.message)")
    }

    await channel.close()
    await server.drain(grace: .seconds(5))
  }
}
