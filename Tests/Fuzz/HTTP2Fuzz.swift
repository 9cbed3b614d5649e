import RPCCore
import RPCServer
import RPCTransport
import TestSupport

/// A client's bytes against a whole connection in memory: HTTP/2, headers, framing, handlers.
enum HTTP2Fuzz {
  private static let definition = {
    var limits = HTTP2Limits()
    limits.messageBytesMax = 65_536
    return ServerDefinition(
      router: RPCRouter([EchoService()], interceptors: []), interceptors: [], limits: limits)
  }()

  /// The first byte says in how many pieces the rest comes, and whether it begins as a client
  /// should.
  static func run(_ bytes: [UInt8]) {
    guard let mode = bytes.first else { return }
    let loop = ManualLoop()
    serve(bytes, mode, on: loop)
    // Tasks that waited for another call end with their connection, and need a turn to do so.
    loop.turn()
  }

  private static func serve(_ bytes: [UInt8], _ mode: UInt8, on loop: ManualLoop) {
    let connection = ServerConnection(
      definition,
      peer: PeerConnection(address: "fuzz", isPrivate: true, identity: .anonymous), on: loop)
    let channel = loop.run { MemoryChannel(connection, on: loop) }
    if mode & 0x80 == 0 {
      let opening =
        HTTP2Peer.preface + Frame.settings().bytes + Frame.settingsAck.bytes
      loop.run { channel.receive(opening) }
    }
    let size = max(1, (bytes.count - 1) / (1 + Int(mode & 0x0F)))
    var rest = bytes.dropFirst()
    while !rest.isEmpty, !channel.isClosed {
      let piece = Array(rest.prefix(size))
      loop.run { channel.receive(piece) }
      rest = rest.dropFirst(piece.count)
    }
    // Deadlines, stuck writers and half a header block all end by time.
    loop.advance(by: .seconds(120))
    expect(
      channel.output.count <= 1 << 22 + bytes.count * 1024, "what is sent is bounded by what came")
    loop.run { channel.disconnect() }
    loop.turn()
    expect(channel.isClosed, "a connection ends with its peer")
  }
}
