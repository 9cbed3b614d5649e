import RPCCore
import TestSupport

/// Every kind of call on a channel to the echo service, whoever serves it.
enum EchoExchange {
  private static func method(_ name: String, _ type: CallType) -> MethodDescriptor {
    EchoService.descriptor(name, type)
  }

  /// - Parameter scale: how many messages the streams carry.
  /// - Returns: what differed from what was expected.
  static func failures(on channel: some ClientChannel, scale: Int) async throws -> [String] {
    var failures: [String] = []
    func check(_ name: String, _ condition: Bool) { if !condition { failures.append(name) } }
    let options = CallOptions(timeout: .seconds(60))

    for size in [0, 1, 16_384, 65_535, 300_000] {
      let message = Bytes((0..<size).map { UInt8(truncatingIfNeeded: $0) })
      let echo: Bytes = try await channel.unary(method("Unary", .unary), message, options: options)
      check("unary \(size)", echo == message)
    }

    let text = "tab\t newline\n \u{FC} \u{263A} %25 \u{7F}"
    do {
      let _: Bytes = try await channel.unary(
        method("Fail", .unary), Bytes(Array(text.utf8)), options: options)
      check("fails", false)
    } catch {
      check("code", error.code == .failedPrecondition)
      check("message", error.message == text)
      check("trailers", error.trailers.text("why") == "asked to")
    }

    do {
      let _: Bytes = try await channel.unary(
        method("Nothing", .unary), Bytes([]), options: options)
      check("unknown method", false)
    } catch { check("unknown method", error.code == .unimplemented) }

    let count: Bytes = try await channel.clientStream(
      method("Count", .clientStream), options: options
    ) { (writer: MessageWriter<Bytes>) async throws(RPCError) in
      for _ in 0..<scale { try await writer.write(Bytes([UInt8](repeating: 1, count: 100))) }
    }
    check("client stream", count.bytes == Array("\(scale * 100)".utf8))

    let seen = CallLog()
    try await channel.serverStream(
      method("Repeat", .serverStream), Bytes(Array("\(scale)".utf8)), options: options
    ) { (responses: MessageStream<Bytes>) async throws(RPCError) in
      while let response = try await responses.next() { seen.add(response.bytes) }
    }
    check("server stream", seen.messages.count == scale)
    check("messages", seen.messages.allSatisfy { $0.count == 1000 })

    let echoes = CallLog()
    try await channel.bidirectional(method("Both", .bidirectional), options: options) {
      (responses: MessageStream<Bytes>, writer: MessageWriter<Bytes>, call)
        async throws(RPCError) in
      for index in 0..<scale {
        try await writer.write(Bytes([UInt8](repeating: UInt8(index & 0xFF), count: index % 700)))
        guard let response = try await responses.next() else { return }
        echoes.add(response.bytes)
      }
      call.endRequests()
      if try await responses.next() != nil { echoes.add([]) }
    }
    check("both ways", echoes.messages.map(\.count) == (0..<scale).map { $0 % 700 })

    failures += try await metadataFailures(on: channel, options)
    return failures
  }

  private static func metadataFailures(
    on channel: some ClientChannel, _ options: CallOptions
  ) async throws -> [String] {
    var options = options
    options.metadata = ["x-one": "1", "x-two": "a", "x-two": "b", "x-b-bin": .bytes([0, 255, 7])]
    let sent = Array(options.metadata)
    let log = CallLog()
    try await channel.bidirectional(
      MethodDescriptor(service: "test.Echo", method: "Metadata", type: .unary), options: options
    ) {
      (responses: MessageStream<Bytes>, writer: MessageWriter<Bytes>, call)
        async throws(RPCError) in
      try await writer.write(Bytes([1]))
      call.endRequests()
      while try await responses.next() != nil {}
      log.ended(call.initialMetadata, call.trailers)
    }
    func own(_ metadata: Metadata?) -> [Metadata.Element] {
      (metadata ?? [:]).filter { $0.key.hasPrefix("x-") }
    }
    return (own(log.initialMetadata) == sent ? [] : ["initial metadata"])
      + (own(log.trailers) == sent ? [] : ["trailing metadata"])
  }
}
