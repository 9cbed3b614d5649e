public import RPCCore
public import RPCServices
internal import Synchronization

/// `grpc.health.v1.Health`: whether the server, and each of its services, takes calls.
///
/// The empty name stands for the whole server. Safe to use from anywhere.
public final class HealthService: HealthServiceProtocol {
  /// What a service's health is told as.
  public typealias Status = HealthCheckResponse.ServingStatus

  /// gRFC A90: a list of more is refused.
  private static let listedMax = 100

  private struct State {
    var statuses: [String: Status] = ["": .serving]
    var watchers: [Int: (service: String, changes: AsyncStream<Status>.Continuation)] = [:]
    var nextWatcher = 0
  }

  private let state = Mutex(State())

  public init() {}

  /// Sets a service's health and tells whoever watches it.
  public func set(_ service: String, _ status: Status) {
    let watchers = state.withLock { state in
      let changed = state.statuses.updateValue(status, forKey: service) != status
      return changed ? state.watchers.values.filter { $0.service == service } : []
    }
    for watcher in watchers { watcher.changes.yield(status) }
  }

  /// Says of every service that it takes no more calls: the first step of a shutdown.
  public func shutDown() {
    let services = state.withLock { Array($0.statuses.keys) }
    for service in services { set(service, .notServing) }
  }

  public func check(
    _ request: HealthCheckRequest, context: ServerContext
  ) async throws -> HealthCheckResponse {
    guard let status = state.withLock({ $0.statuses[request.service] }) else {
      throw RPCError(.notFound, "no service \(request.service) is registered")
    }
    return HealthCheckResponse(status: status)
  }

  public func list(
    _ request: HealthListRequest, context: ServerContext
  ) async throws -> HealthListResponse {
    let statuses = state.withLock { $0.statuses }
    guard statuses.count <= Self.listedMax else {
      throw RPCError(.resourceExhausted, "more than \(Self.listedMax) services: ask for one")
    }
    return HealthListResponse(statuses: statuses.mapValues { HealthCheckResponse(status: $0) })
  }

  public func watch(
    _ request: HealthCheckRequest, responses: MessageWriter<HealthCheckResponse>,
    context: ServerContext
  ) async throws {
    // Only the newest matters to a watcher that is behind.
    let (changes, change) = AsyncStream.makeStream(
      of: Status.self, bufferingPolicy: .bufferingNewest(1))
    let (id, now) = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = (request.service, change)
      return (state.nextWatcher, state.statuses[request.service] ?? .serviceUnknown)
    }
    defer { state.withLock { _ = $0.watchers.removeValue(forKey: id) } }
    try await responses.write(HealthCheckResponse(status: now))
    for await status in changes {
      try await responses.write(HealthCheckResponse(status: status))
    }
  }
}
