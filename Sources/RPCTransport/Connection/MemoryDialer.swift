/// Connects through memory to protocols made on the spot: a client and a server on one loop.
///
/// `@unchecked Sendable`: used on its loop only.
package final class MemoryDialer: Dialer, @unchecked Sendable {
  private let loop: any EventLoop
  private let accept: () -> (any ByteProtocol)?
  private let weather: MemoryPipe.Weather
  /// The connections that were made and have not ended.
  package private(set) var pipes: [MemoryPipe] = []
  /// Told of each connection that is made.
  package var onConnect: (MemoryPipe) -> Void = { _ in }

  /// - Parameters:
  ///   - weather: what happens to the bytes; the client is on the left.
  ///   - accept: makes the server's side of a connection; nil refuses it.
  package init(
    on loop: any EventLoop,
    weather: @escaping MemoryPipe.Weather = { _, _ in MemoryPipe.Passage() },
    _ accept: @escaping () -> (any ByteProtocol)?
  ) {
    self.loop = loop
    self.accept = accept
    self.weather = weather
  }

  package func dial(
    _ handler: any ByteProtocol, _ failed: @escaping (DialError) -> Void
  ) -> any DialAttempt {
    let attempt = Attempt(handler, failed)
    // Not at once: the caller does not hold the attempt yet.
    loop.execute { [self] in connect(attempt) }
    return attempt
  }

  private func connect(_ attempt: Attempt) {
    guard let failed = attempt.failed else { return }
    guard let server = accept() else {
      return failed(.failed(SystemError("connect", number: SystemError.connectionRefused)))
    }
    let pipe = MemoryPipe(attempt.handler, server, on: loop, weather: weather)
    pipes.append(pipe)
    pipe.onClose = { [unowned pipe] in self.pipes.removeAll { $0 === pipe } }
    onConnect(pipe)
  }

  /// `@unchecked Sendable`: used on the loop only.
  private final class Attempt: DialAttempt, @unchecked Sendable {
    let handler: any ByteProtocol
    private(set) var failed: ((DialError) -> Void)?

    init(_ handler: any ByteProtocol, _ failed: @escaping (DialError) -> Void) {
      self.handler = handler
      self.failed = failed
    }

    func cancel() { failed = nil }
  }
}
