package import RPCCore
internal import Synchronization

/// Methods that say what happened to them, and wait for the test's word.
package final class ProbeService: RPCService {
  private struct State {
    var log: [String] = []
    var held: CheckedContinuation<Void, Never>?
    var steps: AsyncStream<Void>.Continuation?
  }

  private let state = Mutex(State())
  private let steps: AsyncStream<Void>

  package init() {
    let (steps, continuation) = AsyncStream<Void>.makeStream()
    self.steps = steps
    state.withLock { $0.steps = continuation }
  }

  /// What the handlers said, in order.
  package var log: [String] { state.withLock { $0.log } }

  package func note(_ text: String) { state.withLock { $0.log.append(text) } }

  /// Lets a handler of `Step` go one step on, and one of `Stubborn` end.
  package func step() {
    let held = state.withLock { state in
      state.steps?.yield()
      defer { state.held = nil }
      return state.held
    }
    held?.resume()
  }

  private static func descriptor(
    _ method: String, _ type: CallType, requestBytesMax: Int? = nil
  ) -> MethodDescriptor {
    MethodDescriptor(
      service: "test.Probe", method: method, type: type, requestBytesMax: requestBytesMax)
  }

  package var methods: [RPCMethod] {
    [
      .unary(Self.descriptor("Unary", .unary)) { [self] (request: Bytes, context) -> Bytes in
        note("unary \(request.bytes.count)")
        return request
      },
      .unary(Self.descriptor("Compressed", .unary)) { (request: Bytes, context) -> Bytes in
        await context.encodeResponses(.gzip)
        return request
      },
      .unary(Self.descriptor("Small", .unary, requestBytesMax: 10)) { (request: Bytes, _) in
        request
      },
      // Waits until it is cancelled, and says so.
      .unary(Self.descriptor("Wait", .unary)) { [self] (_: Bytes, context) -> Bytes in
        note("waiting\(context.deadline == nil ? " for ever" : "")")
        await untilCancelled()
        note("cancelled")
        throw CancellationError()
      },
      .bidirectional(Self.descriptor("WaitBoth", .bidirectional)) {
        [self] (requests: MessageStream<Bytes>, writer: MessageWriter<Bytes>, _) in
        note("started")
        try await writer.write(Bytes([1]))
        await untilCancelled()
        note("cancelled")
      },
      // Takes a message for each step.
      .clientStream(Self.descriptor("Step", .clientStream)) {
        [self] (requests: MessageStream<Bytes>, _) -> Bytes in
        var count = 0
        for await _ in steps {
          guard let request = try await requests.next() else { break }
          count += request.bytes.count
          note("took \(request.bytes.count)")
        }
        return Bytes(Array("\(count)".utf8))
      },
      // Ends at the next step, cancelled or not.
      .unary(Self.descriptor("Stubborn", .unary)) { [self] (request: Bytes, _) -> Bytes in
        await withCheckedContinuation { continuation in
          state.withLock { $0.held = continuation }
        }
        return request
      },
      // Answers at the first message and reads no other.
      .clientStream(Self.descriptor("First", .clientStream)) {
        (requests: MessageStream<Bytes>, _) -> Bytes in
        try await requests.next() ?? Bytes([])
      },
      // Says when the input ends; then answers what came.
      .bidirectional(Self.descriptor("End", .bidirectional)) {
        [self] (requests: MessageStream<Bytes>, writer: MessageWriter<Bytes>, _) in
        var bytes: [UInt8] = []
        while let request = try await requests.next() { bytes += request.bytes }
        note("end")
        if try await requests.next() == nil { note("still ended") }
        try await writer.write(Bytes(bytes))
      },
      .unary(Self.descriptor("Throw", .unary)) { (_: Bytes, _) -> Bytes in throw Foreign() },
      // Fails with the code that the request names.
      .unary(Self.descriptor("Code", .unary)) { (request: Bytes, _) -> Bytes in
        let code = UInt32(String(decoding: request.bytes, as: UTF8.self)) ?? 0
        throw RPCError(StatusCode(rawValue: code), "as asked")
      },
    ]
  }

  private struct Foreign: Error {}
}
