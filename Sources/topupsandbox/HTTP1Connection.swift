import RPCTransport
import SimulatedWorld
import StrictJSON
import TopUpCore

/// One client's connection: requests in, one at a time, replies out in their order.
///
/// `@unchecked Sendable`: made and used on the sandbox's one loop only.
final class HTTP1Connection: ByteProtocol, @unchecked Sendable {
  /// Answers a request some time, or says that the connection ends in another way.
  typealias Responder = (HTTPRequest, HTTP1Connection) -> Void

  private let respond: Responder
  private var channel: (any ByteChannel)?
  private var reader = HTTP1Reader()
  private var output: [UInt8] = []
  /// Whether a request waits for its reply; what follows on the connection waits behind it.
  private var isBusy = false
  private var staysOpen = true
  private var isCut = false

  init(_ respond: @escaping Responder) { self.respond = respond }

  func attach(to channel: any ByteChannel) { self.channel = channel }

  var isFinished: Bool { isCut || (!staysOpen && !isBusy && output.isEmpty) }

  func receive(_ bytes: UnsafeRawBufferPointer) {
    unsafe reader.append(bytes)
    takeRequest()
  }

  func produce(into buffer: inout ByteBuffer, max: Int) -> Bool {
    if isCut { return false }
    unsafe output.withUnsafeBytes { unsafe buffer.append($0) }
    output = []
    return false
  }

  func disconnected() { channel = nil }

  /// Says how the request under way ends.
  func reply(_ reply: World.Reply) {
    switch reply {
    case .response(let response): send(response)
    case .cut:
      isCut = true
      channel?.outputIsWaiting()
    case .silence: break  // Busy for ever, till the client goes.
    }
  }

  private func send(_ response: HTTPResponse) {
    output += response.http1(staysOpen: staysOpen)
    isBusy = false
    channel?.outputIsWaiting()
    takeRequest()
  }

  private func takeRequest() {
    guard !isBusy, staysOpen else { return }
    do throws(HTTP1Reader.Malformed) {
      guard let (request, staysOpen) = try reader.next() else { return }
      self.staysOpen = staysOpen
      isBusy = true
      respond(request, self)
    } catch {
      staysOpen = false
      send(
        HTTPResponse(
          status: error.status, headers: [HTTPField("content-type", "text/plain")],
          body: Array(error.message.utf8)))
    }
  }
}
