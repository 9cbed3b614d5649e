public import RPCCore
internal import Synchronization

/// Limits on calls: how many run at once, altogether and of each method, and how long each may
/// take. What is too much is refused at once, which costs less than to be late with everything.
///
/// A share of the server's room is kept for services that must answer when nothing else does, such
/// as health and the operators' own.
public final class AdmissionControl: ServerInterceptor {
  public struct Limits: Sendable {
    /// Calls at work on the whole server.
    public var callsMax = 4096
    /// How many of those are kept for ``reservedServices``.
    public var reservedCalls = 64
    /// Full names of services that may use the reserved room.
    public var reservedServices: Set<String> = ["grpc.health.v1.Health"]
    /// Calls at work of one method, by path; a method that is not named has no limit of its own.
    public var methodCallsMax: [String: Int] = [:]
    /// The longest a call may take, by path, whatever deadline its caller gave.
    public var methodDeadlines: [String: Duration] = [:]
    /// The same for every method with one response that is not named.
    public var defaultDeadline: Duration? = .seconds(60)
    /// When a caller that was refused may try again.
    public var pushback: Duration = .milliseconds(250)

    public init() {}
  }

  /// What one method may, and what it does.
  private final class Room: Sendable {
    let isReserved: Bool
    let callsMax: Int
    let deadline: Int64?
    let calls = Atomic<Int>(0)

    init(isReserved: Bool, callsMax: Int, deadline: Duration?) {
      self.isReserved = isReserved
      self.callsMax = callsMax
      self.deadline = deadline?.nanoseconds
    }
  }

  private let limits: Limits
  /// Set once by ``prepare(for:)``, before the loops that read it serve anything, and then never
  /// changed.
  @exclusivity(unchecked) private nonisolated(unsafe) var rooms: [Room] = []
  private let calls = Atomic<Int>(0)
  private let refusals = Atomic<UInt64>(0)

  public init(_ limits: Limits = Limits()) { self.limits = limits }

  /// Calls that were refused.
  public var refusedCount: UInt64 { refusals.load(ordering: .relaxed) }
  /// Calls at work.
  public var callCount: Int { calls.load(ordering: .relaxed) }

  public func prepare(for methods: [MethodDescriptor]) {
    let rooms = methods.map { method in
      Room(
        isReserved: limits.reservedServices.contains(method.service),
        callsMax: limits.methodCallsMax[method.path] ?? .max,
        deadline: limits.methodDeadlines[method.path]
          ?? (method.type.streamsResponses || method.type.streamsRequests
            ? nil : limits.defaultDeadline))
    }
    precondition(self.rooms.isEmpty, "the limits of one server were given to another")
    self.rooms = rooms
  }

  public func callBegan(_ call: any ServerCall) throws(RPCError) {
    let room = rooms[call.methodNumber]
    let most = room.isReserved ? limits.callsMax : limits.callsMax - limits.reservedCalls
    let all = calls.wrappingAdd(1, ordering: .relaxed).newValue
    guard all <= most else {
      calls.wrappingSubtract(1, ordering: .relaxed)
      throw refusal("the server is at work on \(most) calls")
    }
    let own = room.calls.wrappingAdd(1, ordering: .relaxed).newValue
    guard own <= room.callsMax else {
      calls.wrappingSubtract(1, ordering: .relaxed)
      room.calls.wrappingSubtract(1, ordering: .relaxed)
      throw refusal("\(room.callsMax) calls of this method are at work")
    }
    if let deadline = room.deadline {
      call.limitDeadline(to: call.startedAt.advanced(byNanoseconds: deadline))
    }
  }

  public func callEnded(_ call: any ServerCall, with status: Status) {
    calls.wrappingSubtract(1, ordering: .relaxed)
    rooms[call.methodNumber].calls.wrappingSubtract(1, ordering: .relaxed)
  }

  private func refusal(_ why: String) -> RPCError {
    refusals.wrappingAdd(1, ordering: .relaxed)
    var trailers = Metadata()
    trailers.appendUnchecked(
      .init(
        key: "grpc-retry-pushback-ms", value: .text("\(limits.pushback.nanoseconds / 1_000_000)")))
    return RPCError(.resourceExhausted, why + "; try again later", trailers: trailers)
  }
}
