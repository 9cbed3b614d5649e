import Glibc
import RPCTransport
import TopUpCore
import TopUpService
import TopUpStore

/// Whole top-ups, from an account that is due to CREDITED: the real engine, limiter and store in
/// group commit, and stand-ins that answer at once where the processor, the ramp and the node are.
enum WholeTopUps {
  private struct Zones: TimeZones {
    func rules(of zone: String) -> TimeZoneRules? { .utc }
  }

  /// - Parameter folder: on the disk that the store is to lie on.
  static func measure(in folder: String, count: Int) async throws {
    let store = try StoreFile.open(path: folder + "/store.sqlite")
    defer { store.close() }
    try await store.commitAll(count) { number in
      MadeStores.account(number, at: MadeUp.now)
        + [.evaluate(MadeUp.key(number), due: MadeUp.now, claim: nil)]
    }
    var terms = ServiceTerms()
    terms.processorLimits.perSecond = 10_000
    terms.processorLimits.endpointPerSecond = 10_000
    let loop = try EpollLoop(name: "engine")
    let context = ServiceContext.assemble(
      store: store,
      outside: Outside(processor: InstantProcessor(), ramp: InstantRamp(), node: InstantNode()),
      clock: SystemClock(), zones: Zones(), on: loop, settings: EngineSettings(fence: store.fence),
      terms: terms, grants: GrantBook(nil), report: { _ in })
    // Whatever a top-up came to, so that one that is parked is not waited for.
    let changes = context.feed.watch { $0.state.isTerminal || $0.state == .needsReview }
    let (watch, work) = (Stopwatch(), Stopwatch(CLOCK_PROCESS_CPUTIME_ID))
    _ = try await context.engine.start()
    var ended = 0
    for await change in changes {
      precondition(change.topUp.state == .credited, "\(change.topUp.state): \(change.cause)")
      ended += 1
      if ended == count { break }
    }
    precondition(ended == count, "the end of a top-up was not told")
    TopUpBench.tell("topups_per_second", Double(count) / watch.seconds)
    TopUpBench.tell("cpu_us_per_topup", work.seconds * 1e6 / Double(count))
    await context.engine.stop()
    loop.stop()
    let faults = try store.verify()
    precondition(faults.isEmpty, "\(faults.prefix(3))")
  }
}
