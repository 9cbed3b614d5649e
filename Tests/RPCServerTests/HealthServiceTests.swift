import RPCCore
import RPCServer
import RPCServices
import RPCTransport
import TestSupport
import Testing

/// facts/grpc A55, with the octets of grpc.health.v1: the service's name is field 1 of a request,
/// its status field 1 of a response.
@Suite struct HealthServiceTests {
  private let health = HealthService()
  private let loop = ManualLoop()
  private let peer: HTTP2Peer

  init() {
    let connection = ServerConnection(
      ServerDefinition(router: RPCRouter([health]), limits: HTTP2Limits()),
      peer: PeerConnection(address: "test", isPrivate: true, identity: .anonymous), on: loop)
    peer = HTTP2Peer(connection, on: loop)
    peer.open()
  }

  private static let path = "/grpc.health.v1.Health/"
  private static let serving: [UInt8] = [0x08, 1]
  private static let notServing: [UInt8] = [0x08, 2]
  private static let serviceUnknown: [UInt8] = [0x08, 3]

  private func name(_ service: String) -> [UInt8] {
    service.isEmpty ? [] : [0x0A, UInt8(service.utf8.count)] + Array(service.utf8)
  }

  @Test func `A55 Check knows the server and its services, and an unknown one is NOT_FOUND`() {
    health.set("a.B", .notServing)
    peer.call(1, Self.path + "Check", name(""))
    peer.call(3, Self.path + "Check", name("a.B"))
    peer.call(5, Self.path + "Check", name("nobody"))
    #expect(peer[1].messages == [Self.serving])
    #expect(peer[3].messages == [Self.notServing])
    #expect(peer[5].status == "5")
  }

  @Test func `A55 Watch tells what is at once, and then each change alone`() {
    peer.call(1, Self.path + "Watch", name(""))
    #expect(peer[1].messages == [Self.serving])
    health.set("", .serving)
    peer.turn()
    #expect(peer[1].messages.count == 1)
    for status in [HealthService.Status.notServing, .serving] {
      health.set("", status)
      peer.turn()
    }
    #expect(peer[1].messages == [Self.serving, Self.notServing, Self.serving])
    #expect(!peer[1].endsStream)
  }

  @Test func `A55 Watch of a service that comes later stays open and tells when it comes`() {
    peer.call(1, Self.path + "Watch", name("late"))
    #expect(peer[1].messages == [Self.serviceUnknown])
    #expect(!peer[1].endsStream)
    health.set("late", .serving)
    peer.turn()
    #expect(peer[1].messages == [Self.serviceUnknown, Self.serving])
  }

  @Test func `A55 a shutdown is told to every watcher`() {
    health.set("a", .serving)
    peer.call(1, Self.path + "Watch", name(""))
    peer.call(3, Self.path + "Watch", name("a"))
    health.shutDown()
    peer.turn()
    #expect(peer[1].messages.last == Self.notServing)
    #expect(peer[3].messages.last == Self.notServing)
  }

  @Test func `A55 List has a hundred services, and of more none`() {
    for index in 0..<99 { health.set("s\(index)", .serving) }
    peer.call(1, Self.path + "List", [])
    #expect(peer[1].status == "0")
    // Each entry of the map is a field of its own, with the tag 0x0A.
    #expect(peer[1].messages.first?.count ?? 0 > 99 * 8)
    health.set("one more", .serving)
    peer.call(3, Self.path + "List", [])
    #expect(peer[3].status == "8")
  }
}
