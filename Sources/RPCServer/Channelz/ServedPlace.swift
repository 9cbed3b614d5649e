internal import RPCCore
internal import RPCTransport

/// One set of services behind one address: what channelz calls a server.
struct ServedPlace: Sendable {
  let number = EntityNumber.next()
  /// One for each loop.
  let listeners: [ServerListener]

  init(_ listeners: [ServerListener]) { self.listeners = listeners }

  var name: String { listeners.first?.address.description ?? "" }

  /// What all of its connections carried, those that are gone included.
  func traffic() async -> ConnectionTraffic {
    var sum = ConnectionTraffic()
    for listener in listeners { sum.add(await listener.traffic()) }
    return sum
  }

  /// Its open connections, by rising number.
  func connections() async -> [(number: Int64, peer: String)] {
    var all: [(number: Int64, peer: String)] = []
    for listener in listeners { all += await listener.connections() }
    return all.sorted { $0.number < $1.number }
  }

  /// - Returns: nil when it has no open connection with the number.
  func connection(_ number: Int64) async -> ConnectionSnapshot? {
    for listener in listeners {
      if let found = await listener.connection(number) { return found }
    }
    return nil
  }
}
