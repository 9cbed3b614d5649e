import RPCCore
import SimulatedWorld
import TestSupport
import TopUpCore
import TopUpService

// The trouble, and the calm after it.

extension Simulation {
  var isBroken: Bool { !auditor.violations.isEmpty }

  func trouble(_ deeds: Deeds) {
    isCalm = false
    wire.setFaults(FaultPlan(profile.faults, seed: dice.generator.next()))
    let silent = dice.number(0...9)
    for _ in 2..<(profile.replicas + 2) where replicas.count < profile.replicas { startReplica() }
    for number in 0..<profile.deeds
    where !isBroken && outcome.steps - silentSteps < Self.troubleStepsMax {
      loop.run { deeds.act() }
      if number == silent { fallSilent() }
      if number == silent { stayAway(deeds) }
      var span = dice.span(milliseconds: 1...max(2, Int(profile.pace.nanoseconds / 500_000)))
      if profile.idles, dice.chance(percent: 5) { span = .seconds(dice.number(600...400_000)) }
      if auditor.behindSince != nil, dice.chance(percent: 10) { settle(deeds) }
      if profile.jumpsClocks, dice.chance(percent: 5) { jumpClock() }
      if profile.losesZones, dice.chance(percent: 20) { loseOrFindZones() }
      if profile.restoresBackup, backup == nil, dice.chance(percent: 10) { backup = disk.contents }
      go(for: span, atMost: Self.pauseStepsMax)
    }
    while outcome.steps < Self.stepsMin, !isBroken {
      loop.run { deeds.act() }
      go(for: .seconds(60))
    }
  }

  /// Nobody does anything for a while, in which much may be out of order.
  private func fallSilent() {
    guard let span = profile.silence else { return }
    trace.note(wire.now, "silence for \(span)")
    wire.setFaults(FaultPlan(profile.outages + profile.faults, seed: dice.generator.next()))
    let before = (outcome.steps, wire.now)
    go(
      for: span, atMost: dice.chance(percent: 10) ? Self.longSilenceStepsMax : Self.silenceStepsMax)
    silentSteps = outcome.steps - before.0
    outcome.silence = wire.now.since(before.1)
    wire.setFaults(FaultPlan(profile.faults, seed: dice.generator.next()))
  }

  /// An operator settles what a store that is behind lacks, or what another store has taken over.
  private func settle(_ deeds: Deeds) {
    if auditor.isRestored { loop.run { deeds.takeOver() } }
    if auditor.behindSince != nil, !auditor.shared.isEmpty {
      loop.run { deeds.takeOverCustomers() }
    }
  }

  /// For how long the processor keeps its events (facts/stripe), less a day.
  private static let eventsKept = Duration.seconds(29 * 86_400)

  /// No daemon runs for weeks, and what the last one sent is in doubt.
  private func stayAway(_ deeds: Deeds) {
    guard let span = profile.absence else { return }
    wire.setFaults(FaultPlan(profile.outages + profile.faults, seed: dice.generator.next()))
    for _ in 0..<12 where !isAnythingInDoubt {
      loop.run {
        deeds.burn()
        deeds.create()
      }
      go(for: .seconds(dice.number(5...200)), atMost: Self.pauseStepsMax)
    }
    trace.note(wire.now, "nobody serves for \(span)")
    let before = wire.now
    stopAll(for: span)
    go(for: span + .seconds(60), atMost: Self.silenceStepsMax)
    outcome.silence = wire.now.since(before)
    wire.setFaults(FaultPlan(profile.faults, seed: dice.generator.next()))
  }

  private var isAnythingInDoubt: Bool {
    auditor.topUps.values.contains { $0.state == .depositUnknown || $0.state == .chargeUnknown }
  }

  /// The trouble is over: everything comes to its end, or waits for a person with a reason.
  func calm(_ deeds: Deeds) {
    guard !isBroken else { return }
    trace.note(wire.now, "calm")
    isCalm = true
    calmSince = wire.now
    auditor.parking?.calmSince = wire.now
    zones.lostSince = nil
    for replica in replicas { replica.clock.offset = .zero }
    if !replicas.contains(where: \.isAlive) { startReplica() }
    // Where webhooks are off, everything is found out without them (invariant 39).
    if !profile.webhooksAreOff { wire.onWebhook = { [unowned self] in deliver($0) } }
    let leavesLow = dice.chance(percent: 50)
    loop.run {
      deeds.calmDown()
      if !leavesLow { deeds.fill() }
    }
    let wasAway = profile.absence.map { $0 > Self.eventsKept } ?? false
    // Longer than the longest waits, a person's day to authenticate and three of a new card; and then
    // a day of verbs.
    let end = wire.now.advanced(by: .seconds((profile.endsParked ? 4 : 3) * 86_400))
    var rounds = 0
    while wire.now < end, !isBroken, outcome.steps < Self.stepsMax {
      go(for: .seconds(600))
      rounds += 1
      if rounds < 6 { loop.run { deeds.inbox.replayDeadLetters() } }
      loop.run {
        deeds.notices.readAll()
        deeds.stream()
      }
      if rounds % 6 == 0 { loop.run { deeds.calmDown() } }
      // What moved in the last hours is left out of a comparison.
      if wasAway, rounds == 3 || rounds == 21 { loop.run { deeds.repairBooks() } }
      // What it lacks may come to light later, or come back.
      let isDue = auditor.behindSince != nil ? rounds % 3 == 0 : rounds % 6 == 0
      if isDue { settle(deeds) }
      if rounds >= (wasAway ? 24 : 6), isSettled, auditor.behindSince == nil {
        guard profile.endsParked, hasParked else { break }
        loop.run { deeds.endParked() }
      }
    }
    if !isBroken, deeds.leftToStream > 0 {
      auditor.violate("35", "a node could not tell \(deeds.leftToStream) events")
    }
    if !isBroken, profile.endsParked, let left = parked.first {
      auditor.violate(
        "39", "no verb ends \(left.id): \(left.review?.reason ?? "\(left.state)")")
    }
    // What moved in the last hours is left out of a comparison, and the lists are gone through hourly.
    let echoes = EchoCheck(auditor, wire)
    if !profile.webhooksAreOff { echoEvents() }
    for round in 0..<20 where !isBroken {
      // The last is heard, read and charged for long before the end.
      if round < 6 { loop.run { deeds.tellLow() } }
      if round % (auditor.behindSince == nil ? 6 : 2) == 0 { settle(deeds) }
      go(for: .seconds(600))
      loop.run { deeds.notices.readAll() }
    }
    auditor.note(echoes.faults(auditor, wire))
    let check = FinalCheck(auditor, wire, replicas.filter(\.isAlive), calmSince: calmSince)
    check.run()
    check.told(deeds.notices.cursors)
    compareBooks()
  }

  /// Some of what happened is told once more, in any order.
  private func echoEvents() {
    guard !isBroken else { return }
    let events = wire.world.events
    guard !events.isEmpty else { return }
    for _ in 0..<dice.number(1...20) {
      wire.control("stripe/repeat_event", #"{"event":"\#(dice.pick(events))"}"#)
    }
  }

  /// After the trouble the three books agree, apart from what waits for a person (invariant 40).
  private func compareBooks() {
    guard !isBroken, let replica = replicas.last(where: \.isAlive) else { return }
    let compared = replica.compareBooks()
    var waits = 0
    while compared.result == nil, waits < 100 {
      go(for: .seconds(60))
      waits += 1
    }
    switch compared.result {
    case .success(let result)?:
      for difference in result.findings.map(\.difference) {
        let topUp = difference.topUp.flatMap { auditor.topUps[$0] }
        if topUp?.state == .needsReview { continue }
        auditor.violate(
          "40",
          "\(difference.kind.rawValue) of \(topUp?.id.rawValue ?? "") \(difference.object): "
            + "\(difference.ours) here, \(difference.theirs) there")
      }
    case .failure(let error)?: auditor.violate("40", "the books cannot be compared: \(error)")
    case nil: auditor.violate("40", "the comparison of the books does not end")
    }
  }

  /// What waits for a person.
  private var parked: [TopUp] {
    auditor.order.compactMap { auditor.topUps[$0] }
      .filter { $0.state == .needsReview || $0.waitsForOperator }
  }

  private var hasParked: Bool { !parked.isEmpty }

  /// What was begun in the calm alone may be under way still.
  private var isSettled: Bool {
    auditor.topUps.values.allSatisfy {
      $0.state.isTerminal || $0.state == .needsReview || $0.waitsForOperator
        || (auditor.begunAt[$0.id] ?? calmSince) > calmSince
    }
  }
}
