import Gateways
import RPCCore
import RPCTransport
import SimulatedWorld
import TestSupport
import TopUpCore
import TopUpService
import TopUpStore

/// One run of the whole service in a world of chance, decided by its seed.
///
/// Everything happens on one loop, at its time. A step is a moment at which something happens; after
/// each the checks look at what was committed and at what happened outside.
final class Simulation {
  /// What came of a run.
  struct Outcome {
    let seed: UInt64
    var steps = 0
    var crashes = 0
    var topUps = 0
    var credited = 0
    var violations: [Violation] = []
    var digest: UInt64 = 0
    var virtual = Duration.zero
    /// How long nobody did anything in the midst of the trouble.
    var silence = Duration.zero
    /// Looks that a rule on trial decided too, and those of them that came out otherwise.
    var trials = (looks: Int64(0), different: Int64(0))
    var coverage = Coverage()
  }

  /// Enough for the slowest of profiles; a run that needs more does not come to rest.
  static let stepsMax = 30_000
  /// Moments of one pause in which nothing happened that anybody sees: hours of the chain's blocks.
  static let quietMax = 1_500
  /// Steps of one pause between deeds: what is asked about every minute fills any span.
  static let pauseStepsMax = 150
  static let silenceStepsMax = 600
  static let longSilenceStepsMax = 10_000
  /// Steps of the trouble; the rest of its deeds is left out.
  static let troubleStepsMax = 1_500
  /// Steps of a run at least, so that short profiles go on.
  static let stepsMin = 200

  let seed: UInt64
  /// Whether other rules are tried beside those of the accounts.
  private let hasTrials: Bool
  let loop = ManualLoop()
  let profile: Profile
  let dice: Dice
  let wire: OutsideWire
  let auditor = Auditor()
  let trace = Trace()
  let zones = SimulatedZones()
  var flips = FlipCheck()
  var disk: SimulatedDisk
  private(set) var replicas: [Replica] = []
  private var deeds: Deeds?
  var outcome: Outcome
  /// The state that each top-up was seen to be in last.
  var states: [TopUpID: TopUpState] = [:]
  /// While calm, nothing dies, fails or is cut any more.
  var isCalm = true
  private var deathsLeft: Int
  private var buried = 0
  private var audited = (commits: -1, changes: -1)
  /// What stands outside, as of the last change there.
  private var facts: Auditor.Facts?
  private var restart: LoopTimer?
  /// A copy of the disk that somebody made.
  var backup: [String: [UInt8]]?
  var calmSince = UnixTime.max
  /// Steps of the silence, which are no steps of the trouble.
  var silentSteps = 0
  private var nextReplica = 0

  init(seed: UInt64, hasTrials: Bool = false, always: [Trait] = []) throws {
    self.seed = seed
    self.hasTrials = hasTrials
    outcome = Outcome(seed: seed)
    dice = Dice(seed: seed)
    profile = Profile(dice.split(), always: always)
    deathsLeft = dice.number(1...6)
    auditor.forgetsKeys = profile.forgetsKeys
    auditor.parking = ParkingTable(profile)
    if profile.jumpsClocks { auditor.expectClockJumps() }
    disk = SimulatedDisk(try Self.emptyStore.get())
    var configuration = WorldConfiguration(started: profile.started)
    configuration.seed(dice.generator.next())
    configuration.webhooks = profile.webhooks
    configuration.ramp.leavesTombstones = profile.rampLeavesTombstones
    configuration.ramp.quoteLifetime = profile.quoteLifetime
    configuration.stripe.refundDelay = profile.refundDelay
    configuration.webhooks.seed = dice.generator.next()
    wire = OutsideWire(
      World(configuration), started: profile.started, on: loop, dice.split())
    wire.weather = profile.weather
    auditor.now = { [wire] in wire.now }
    auditor.zonesLostSince = { [zones] in zones.lostSince }
    auditor.finalized = { [wire] in wire.world.chain.finalized }
    auditor.readChain { [wire] account, block in
      wire.world.chain.ledger(of: account, at: block)?.active.units ?? 0
    }
  }

  /// A store that was made once, and is where every run begins.
  private static let emptyStore = Result<[String: [UInt8]], any Error> {
    DiskVFS.register()
    let process = DiskProcess(on: SimulatedDisk())
    defer { process.forget() }
    let file = try StoreFile.open(
      path: process.path(Replica.database), vfs: DiskVFS.name, isInline: true, isAlone: false,
      randomBytes: { Array(repeating: 7, count: $0) })
    file.close()
    return process.disk.contents
  }

  // MARK: Running

  func run() throws -> Outcome {
    loop.advance(by: .seconds(60))
    prepareWire()
    startReplica()
    let callers = (0..<2).map { caller("caller-\($0)") }
    for caller in callers {
      caller.onEnd = { [auditor] deed, end in
        auditor.coverage.meet("call \(deed.prefix { $0 != "(" }): \(end)")
      }
    }
    let deeds = Deeds(callers, wire, dice.split(), auditor, profile)
    deeds.note = { [unowned self] text in trace.note(wire.now, text) }
    self.deeds = deeds
    loop.run { deeds.settleIn() }
    go(for: .seconds(30))
    loop.run { deeds.setRules() }
    go(for: .seconds(30))
    if hasTrials { beginTrials(deeds) }
    trouble(deeds)
    calm(deeds)
    if hasTrials { countTrials(deeds) }
    outcome.topUps = auditor.order.count
    outcome.credited = auditor.topUps.values.count { $0.state == .credited }
    outcome.digest = trace.digest
    outcome.virtual = wire.now.since(profile.started)
    meetOutside()
    outcome.coverage = auditor.coverage
    shutDown()
    if !isBroken { auditor.note(flips.faults(disk.contents, &dice.generator)) }
    outcome.violations = auditor.violations
    return outcome
  }

  /// Whether each operation of the disk is without chance: then what is written beside changes no
  /// other run's course.
  var hasSoundDisk: Bool {
    profile.deathPartsPerMillion == 0 && profile.diskFaultPartsPerMillion == 0
      && profile.readFaultPartsPerMillion == 0
  }

  private func beginTrials(_ deeds: Deeds) {
    guard let replica = replicas.last(where: \.isAlive) else { return }
    let begun = replica.tryRules(of: deeds.accounts)
    if case .success? = begun.result { return }
    auditor.violate("5", "a rule cannot be tried: \(begun.result as Any? ?? "no end")")
  }

  private func countTrials(_ deeds: Deeds) {
    guard let replica = replicas.last(where: \.isAlive) else { return }
    do throws(StoreError) { outcome.trials = try replica.trials(of: deeds.accounts) } catch {
      auditor.violate("5", "the trials cannot be read: \(error)")
    }
  }

  private func shutDown() {
    for replica in replicas { loop.run { replica.bury() } }
    for replica in replicas { loop.run { wire.release(replica.process) } }
    loop.advance(by: .seconds(60))
  }

  /// Steps through all that happens in a span, or through the first of it.
  func go(for span: Duration, atMost steps: Int = stepsMax) {
    let end = loop.now.advanced(by: span)
    let last = outcome.steps + steps
    var quiet = 0
    while !isBroken, outcome.steps < Self.stepsMax {
      if outcome.steps >= last { return }
      guard let next = loop.nextTimer, next <= end else { break }
      let before = (trace.lines, auditor.commits)
      loop.advance(by: max(next.since(loop.now), .zero))
      buryTheDead()
      if before == (trace.lines, auditor.commits) {
        // A block of the chain, or bytes on their way.
        quiet += 1
        if quiet >= Self.quietMax { break }
      } else {
        quiet = 0
        step()
      }
    }
    if loop.now < end { loop.advance(by: end.since(loop.now)) }
    if outcome.steps >= Self.stepsMax, !isBroken {
      auditor.violate("39", "no rest after \(Self.stepsMax) steps")
    }
  }

  private func step() {
    outcome.steps += 1
    let seen = (auditor.commits, wire.changes)
    guard seen != audited else { return }
    // A commit alone changes nothing outside.
    if seen.1 != audited.1 { facts = nil }
    audited = seen
    let facts = facts ?? Auditor.Facts(wire)
    self.facts = facts
    auditor.audit(wire.world, facts)
  }

  // MARK: Life and death

  func startReplica() {
    nextReplica += 1
    let number = nextReplica
    let process = DiskProcess(on: disk)
    process.judge = { [unowned self] operation in judge(operation) }
    let offset: Duration = profile.jumpsClocks ? .seconds(dice.number(-50...50)) : .zero
    let ground = Replica.Ground(
      loop: loop, wire: wire, dice: dice.split(), zones: zones,
      inboxTriesMax: profile.inboxTriesMax,
      report: { [trace, wire] number, report in
        trace.note(
          wire.now, "replica \(number) \(Self.words(report))", Self.details(report))
      })
    do {
      let replica = try loop.run { () throws -> Replica in
        let replica = try Replica(number, on: process, clockOffset: offset, ground)
        replica.store.onTry = { [auditor] in auditor.isTried($0) }
        replica.store.onRefusal = { [auditor] in auditor.isRefused($0) }
        replica.store.onDoubt = { [auditor] in
          auditor.violate("49", "replica \(number) lives on, and a commit of it is in doubt")
        }
        replica.store.onCommit = { [unowned self, unowned store = replica.store] commit in
          committed(commit, by: number)
          if commit.posts { flips.posted { () throws(StoreError) in try store.head() } }
        }
        if number > 1 { try auditor.recovered(replica.store) }
        auditor.opened(fence: replica.store.file.fence)
        // What it sends in its first turn is held to the rules like all else.
        starting = process
        try replica.start()
        return replica
      }
      starting = nil
      replicas.append(replica)
      trace.note(wire.now, "replica \(number) serves")
    } catch {
      starting = nil
      // Its place differs with the runs before it.
      let reason = "\(error)".replacing(process.path(""), with: "")
      trace.note(wire.now, "replica \(number) did not start: \(reason)")
      process.forget()
      if isCalm { auditor.violate("49", "no start on a calm disk: \(error)") }
      startLater()
    }
  }

  /// Somebody puts an older copy in the store's place, long after it was made.
  private func restore(_ old: [String: [UInt8]]) {
    trace.note(wire.now, "an older copy of the store is put in its place")
    disk = SimulatedDisk(old)
    auditor.restored(wire.world)
    flips.restored()
    auditor.coverage.meet("store replaced by an older copy")
    deeds?.notices.beginAgain()
    wire.control("stripe/forget_keys", "{}")
  }

  private func startLater() {
    let timer = LoopTimer { [unowned self] in
      // Two that take the store from one another are noticed, and become one.
      let wanted = isCalm || outcome.crashes > 4 ? 1 : profile.replicas
      guard replicas.count(where: \.isAlive) < wanted else { return }
      // After the turn: what is started runs in one of its own.
      needsReplica = true
    }
    restart = timer
    // Now and then nobody sees to it for hours.
    let isLong = !isCalm && dice.chance(percent: 5)
    let span =
      absence ?? dice.span(milliseconds: isLong ? 600_000...14_400_000 : 50...30_000)
    loop.run { loop.schedule(timer, at: loop.now.advanced(by: span)) }
  }

  /// For how long whoever dies now is missed.
  private var absence: Duration?

  /// Stops every daemon, and starts them again after a span.
  func stopAll(for span: Duration) {
    absence = span
    needsReplica = false
    restart.map { loop.cancel($0) }
    let isDown = replicas.isEmpty
    for replica in replicas { replica.process.die() }
    buryTheDead()
    if isDown { startLater() }
    absence = nil
  }

  private var needsReplica = false
  /// The process that is being started.
  private var starting: DiskProcess?

  private func buryTheDead() {
    if needsReplica {
      needsReplica = false
      startReplica()
    }
    for replica in replicas where !replica.isAlive { bury(replica) }
  }

  private func bury(_ dead: Replica) {
    replicas.removeAll { $0 === dead }
    outcome.crashes += 1
    let power = !isCalm && profile.losesPower && dice.chance(percent: 60)
    trace.note(wire.now, "replica \(dead.number) died\(power ? ", and the power failed" : "")")
    auditor.coverage.meet(power ? "death with the power" : "death")
    var corpses = [dead]
    if power {
      // The machine's other daemon goes with it, and what was not synced.
      for other in replicas { other.process.die() }
      corpses += replicas
      replicas = []
      disk = disk.afterPowerLoss(dice.pick(SimulatedDisk.Loss.allCases), &dice.generator)
    }
    if let old = backup, profile.restoresBackup, !auditor.isRestored, !isCalm {
      for other in replicas { other.process.die() }
      corpses += replicas
      replicas = []
      restore(old)
    }
    for corpse in corpses {
      loop.run { corpse.bury() }
      loop.run { wire.release(corpse.process) }
    }
    startLater()
  }

  private func judge(_ operation: DiskProcess.Operation) -> DiskProcess.Verdict {
    guard !isCalm else { return .done }
    if operation == .read {
      let parts = profile.readFaultPartsPerMillion
      guard parts > 0, dice.chance(partsPerMillion: parts) else { return .done }
      return .fails(sqliteErrorRead)
    }
    if deathsLeft > 0, dice.chance(partsPerMillion: profile.deathPartsPerMillion) {
      deathsLeft -= 1
      return .dies
    }
    guard dice.chance(partsPerMillion: profile.diskFaultPartsPerMillion) else { return .done }
    switch operation {
    case .read: return .fails(sqliteErrorRead)
    case .write: return .fails(dice.chance(percent: 50) ? diskIsFull : sqliteErrorWrite)
    case .sync: return .fails(sqliteErrorFsync)
    }
  }

  func takeBackAtOnce(_ id: TopUpID) {
    let timer = LoopTimer { [unowned self] in
      if !isCalm { deeds?.takeBackAtOnce(id) }
    }
    loop.schedule(
      timer, at: loop.now.advanced(by: dice.span(milliseconds: 0...20)))
  }

  func jumpClock() {
    guard let replica = replicas.first else { return }
    replica.clock.offset = .seconds(dice.pick([-86_400, -3_600, -90, 90, 3_600, 86_400, 0]))
    trace.note(wire.now, "clock of \(replica.number) is \(replica.clock.offset) off")
  }

  func loseOrFindZones() {
    zones.lostSince = zones.lostSince == nil ? wire.now : nil
    trace.note(wire.now, "zones \(zones.lostSince == nil ? "can" : "cannot") be read")
  }

  // MARK: The wire

  private func prepareWire() {
    wire.deathAtCall = { [unowned self] in
      // A call is one of about ten operations.
      guard !isCalm, deathsLeft > 0,
        dice.chance(partsPerMillion: profile.deathPartsPerMillion * 10)
      else { return (false, false) }
      deathsLeft -= 1
      return (true, dice.chance(percent: 50))
    }
    wire.onCall = { [unowned self] process, service, request in
      trace.note(wire.now, "\(service) \(request.method.rawValue) \(request.url)")
      guard process === starting || replicas.contains(where: { $0.process === process }) else {
        return
      }
      CallCheck(auditor, wire).check(request, service, of: process)
    }
    wire.onOutcome = { [unowned self] service, request, outcome in
      CallCheck(auditor, wire).ended(request, service, outcome)
    }
    wire.onWebhook = { [unowned self] delivery in
      if profile.webhooksAreOff { return wire.settle(delivery, status: nil) }
      deliver(delivery)
    }
  }

  func deliver(_ delivery: SimulatedWorld.WebhookDelivery) {
    guard let replica = replicas.last(where: \.isAlive), let server = replica.acceptWebhook() else {
      return wire.settle(delivery, status: nil)
    }
    let sender = WebhookSender(delivery) { [unowned self] status in
      trace.note(wire.now, "webhook \(delivery.type) \(delivery.event): \(status ?? 0)")
      if status == 200, !delivery.isGenuine {
        auditor.violate("34", "\(delivery.event) was forged or stale, and was taken")
      }
      if status == 200, StripeEventTypes.taken.contains(delivery.type) {
        auditor.webhookWasAccepted(delivery.event)
      }
      wire.settle(delivery, status: status)
    }
    replica.keep(MemoryPipe(sender, server, on: loop))
  }

  private func caller(_ name: String) -> Caller {
    let dice = dice.split()
    return Caller(
      name, on: loop, dice,
      cuts: { [unowned self] in
        !isCalm && profile.cutsConnections && dice.chance(percent: 2)
      },
      connect: { [unowned self] in
        reached = replicas.filter(\.isAlive).randomElement(using: &dice.generator)
        return reached?.accept()
      },
      { [unowned self] pipe in reached?.keep(pipe) })
  }

  /// The daemon that the connection being made leads to.
  private var reached: Replica?
}
