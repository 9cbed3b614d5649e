import RPCCore
import RPCServer
import RPCTransport
import TestSupport

/// A server's connection in memory, with a client of raw frames before it.
struct ServerUnderTest {
  let loop = ManualLoop()
  let probe = ProbeService()
  let definition: ServerDefinition
  let connection: ServerConnection
  let peer: HTTP2Peer

  /// - Parameters:
  ///   - opens: whether the client has begun with an empty SETTINGS.
  ///   - client: who is at the other end, and by what way.
  init(
    opens: Bool = true, interceptors: [any ServerInterceptor] = [],
    from client: PeerConnection = PeerConnection(
      address: "test", isPrivate: true, identity: .anonymous),
    _ change: (inout HTTP2Limits) -> Void = { _ in }
  ) {
    var limits = HTTP2Limits()
    change(&limits)
    let (loop, probe) = (loop, probe)
    definition = ServerDefinition(
      router: RPCRouter([EchoService(), probe], interceptors: interceptors),
      interceptors: interceptors, limits: limits)
    connection = ServerConnection(definition, peer: client, on: loop)
    peer = HTTP2Peer(connection, on: loop)
    if opens { peer.open() }
  }

  /// Whether an ordinary call still works, on a stream of its own.
  func serves(on streamID: UInt32) -> Bool {
    peer.call(streamID, "/test.Echo/Unary", [7])
    return peer[streamID].messages == [[7]] && peer[streamID].status == "0"
  }
}
