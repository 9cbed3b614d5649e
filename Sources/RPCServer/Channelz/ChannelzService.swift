public import RPCCore
public import RPCServices
internal import RPCTransport
internal import Synchronization

/// `grpc.channelz.v1.Channelz`: the servers of this process, their connections, and how those fare.
///
/// Whoever may call it learns who is connected and which certificates were shown: let operators
/// alone. What is shown is counted on each connection's loop as it happens, and read there by a
/// job when somebody asks. Channels are not shown: the lists of those are empty.
/// - Source: gRFC A14.
public final class ChannelzService: ChannelzServiceProtocol {
  /// Of a list at a time; a caller comes back for the rest.
  private static let resultsMax = 100

  /// Servers are not kept by being shown.
  private struct Shown {
    weak var server: RPCServer?
  }

  private let shown = Mutex<[Shown]>([])
  private let permit: @Sendable (ServerContext) throws -> Void

  /// - Parameter permit: throws what a call ends with that may not look; asked before anything else.
  public init(permit: @escaping @Sendable (ServerContext) throws -> Void = { _ in }) {
    self.permit = permit
  }

  /// Shows a server for as long as there is one.
  public func show(_ server: RPCServer) {
    shown.withLock { shown in
      shown.removeAll { $0.server == nil }
      shown.append(Shown(server: server))
    }
  }

  /// By rising number.
  private var places: [ServedPlace] {
    let servers = shown.withLock { $0.compactMap(\.server) }
    return servers.filter(\.isRunning).flatMap(\.places).sorted { $0.number < $1.number }
  }

  private func place(_ number: Int64) throws(RPCError) -> ServedPlace {
    guard let place = places.first(where: { $0.number == number }) else {
      throw RPCError(.notFound, "there is no server \(number)")
    }
    return place
  }

  // MARK: Servers

  public func getServers(
    _ request: ChannelzGetServersRequest, context: ServerContext
  ) async throws -> ChannelzGetServersResponse {
    try permit(context)
    let page = Page(places, from: request.startServerID, max: request.maxResults, \.number)
    var servers: [ChannelzServer] = []
    for place in page.members { servers.append(await ChannelzServer(place)) }
    return ChannelzGetServersResponse(server: servers, end: page.isLast)
  }

  public func getServer(
    _ request: ChannelzGetServerRequest, context: ServerContext
  ) async throws -> ChannelzGetServerResponse {
    try permit(context)
    return ChannelzGetServerResponse(server: await ChannelzServer(try place(request.serverID)))
  }

  public func getServerSockets(
    _ request: ChannelzGetServerSocketsRequest, context: ServerContext
  ) async throws -> ChannelzGetServerSocketsResponse {
    try permit(context)
    let connections = await (try place(request.serverID)).connections()
    let page = Page(connections, from: request.startSocketID, max: request.maxResults, \.number)
    return ChannelzGetServerSocketsResponse(
      socketRef: page.members.map { ChannelzSocketRef(socketID: $0.number, name: $0.peer) },
      end: page.isLast)
  }

  public func getSocket(
    _ request: ChannelzGetSocketRequest, context: ServerContext
  ) async throws -> ChannelzGetSocketResponse {
    try permit(context)
    for place in places {
      for listener in place.listeners where listener.number == request.socketID {
        return ChannelzGetSocketResponse(socket: ChannelzSocket(listener))
      }
      if let connection = await place.connection(request.socketID) {
        return ChannelzGetSocketResponse(socket: ChannelzSocket(connection))
      }
    }
    throw RPCError(.notFound, "there is no socket \(request.socketID), or no more")
  }

  // MARK: Channels

  public func getTopChannels(
    _ request: ChannelzGetTopChannelsRequest, context: ServerContext
  ) async throws -> ChannelzGetTopChannelsResponse {
    try permit(context)
    return ChannelzGetTopChannelsResponse(channel: [], end: true)
  }

  public func getChannel(
    _ request: ChannelzGetChannelRequest, context: ServerContext
  ) async throws -> ChannelzGetChannelResponse {
    try permit(context)
    throw RPCError(.notFound, "there is no channel \(request.channelID): channels are not shown")
  }

  public func getSubchannel(
    _ request: ChannelzGetSubchannelRequest, context: ServerContext
  ) async throws -> ChannelzGetSubchannelResponse {
    try permit(context)
    throw RPCError(
      .notFound, "there is no subchannel \(request.subchannelID): channels are not shown")
  }

  /// Part of a list that is sorted by number.
  private struct Page<Member> {
    let members: [Member]
    let isLast: Bool

    /// - Parameters:
    ///   - first: the least number wanted.
    ///   - max: how many at most; 0 or less leaves it to us.
    init(_ all: [Member], from first: Int64, max: Int64, _ number: (Member) -> Int64) {
      let rest = all.filter { number($0) >= first }
      let limit = max > 0 ? min(Int(clamping: max), resultsMax) : resultsMax
      members = Array(rest.prefix(limit))
      isLast = rest.count <= limit
    }
  }
}
