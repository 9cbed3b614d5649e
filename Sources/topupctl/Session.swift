internal import ArgumentParser
internal import RPCCore

/// What a command works with: the way to the server, and where its words go.
struct Session: Sendable {
  let console: Console
  let connection: Connection

  init(_ options: GlobalOptions) throws {
    console = Console(options)
    connection = try Connection(
      options.serverAddress(), timeout: options.timeout, token: options.token())
  }

  /// Makes a call; its failure carries what is needed to tell it and to repeat it.
  ///
  /// - Parameters:
  ///   - method: for `-v` and failures, such as `TopUp/GetTopUp`.
  ///   - key: the idempotency key that the request carries.
  func call<Response>(
    _ method: MethodDescriptor, key: String? = nil,
    _ body: (Connection) async throws(RPCError) -> Response
  ) async throws(CallFailure) -> Response {
    let begun = Host.monotonicNanoseconds()
    do throws(RPCError) {
      let response = try await body(connection)
      console.detail("\(method.path): OK in \(Self.span(since: begun))")
      return response
    } catch {
      console.detail("\(method.path): \(error.code.name) after \(Self.span(since: begun))")
      throw CallFailure(
        error: error, method: method.path, address: connection.address, idempotencyKey: key)
    }
  }

  private static func span(since begun: Int64) -> String {
    SpanText.text(.nanoseconds(Host.monotonicNanoseconds() - begun))
  }
}

/// A command that takes what every command takes.
protocol ConfiguredCommand: AsyncParsableCommand {
  var global: GlobalOptions { get }
}

/// A command that talks to the server.
protocol SessionCommand: ConfiguredCommand {
  func run(in session: Session) async throws
}

extension SessionCommand {
  mutating func run() async throws {
    let session = try Session(global)
    try await run(in: session)
    await session.connection.close()
  }
}
