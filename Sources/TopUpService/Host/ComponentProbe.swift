internal import ProtobufRuntime
internal import TopUpAPI
internal import TopUpCore

/// Asks each part of the service how it is: the store, the processor, the ramp, the node.
struct ComponentProbe {
  private let context: ServiceContext

  init(_ context: ServiceContext) { self.context = context }

  func components() async -> [ComponentStatus] {
    async let processor = timed("processor") {
      await context.outside.processor.serverTime()
    } with: {
      [clock = context.clock] time in
      let now = clock.now
      let skew = time > now ? time.since(now) : now.since(time)
      return skew <= ClockAgreement.skewMax
        ? nil : "its clock and ours differ by \(skew): no top-up is reserved"
    }
    async let ramp = timed("ramp") {
      await context.outside.ramp.health()
    } with: { [store = context.store] health in
      health.isHealthy ? Self.breaker(store) : "the ramp says that it is not well"
    }
    async let node = timed("node") {
      await context.outside.node.finalizedHead()
    } with: { _ in
      nil
    }
    return [store(), await processor, await ramp, await node]
  }

  /// What the breaker says against the ramp; nil when it is closed.
  private static func breaker(_ store: any Store) -> String? {
    let standing = try? store.read { snapshot throws(StoreError) in try snapshot.rampStanding() }
    guard let standing, standing.isOpen else { return nil }
    return "\(RampObjection.breakerOpen(standing))"
  }

  private func store() -> ComponentStatus {
    let begun = context.clock.now
    do throws(StoreError) {
      _ = try context.store.read { snapshot throws(StoreError) in try snapshot.head() }
      return ComponentStatus(
        name: "store", healthy: true, latency: context.clock.now.since(begun).proto)
    } catch {
      return ComponentStatus(name: "store", healthy: false, detail: "\(error)")
    }
  }

  private func timed<Value>(
    _ name: String, _ call: () async -> OutsideResult<Value>, with judge: (Value) -> String?
  ) async -> ComponentStatus {
    let begun = context.clock.now
    let result = await call()
    var status = ComponentStatus(name: name, latency: context.clock.now.since(begun).proto)
    switch result {
    case .answered(let value): status.detail = judge(value) ?? ""
    case .refused(let refusal): status.detail = "\(refusal.code): \(refusal.message)"
    case .unknown(let reason), .notSent(let reason): status.detail = reason
    }
    status.healthy = status.detail.isEmpty
    return status
  }
}
