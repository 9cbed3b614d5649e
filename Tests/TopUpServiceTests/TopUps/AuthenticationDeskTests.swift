import Gateways
import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// An automatic charge that the issuer wants authenticated: finished on-session by a link, or
/// cancelled after a day, and never both (invariants 3, 21, 47).
@Suite struct AuthenticationDeskTests {
  /// A low account whose card always wants its person, and the top-up that waits for one.
  private static func waiting() throws -> (EngineHarness, TopUp) {
    let harness = try EngineHarness()
    try harness.start(card: "4000002760003184")
    try harness.setPolicy()
    harness.loop.advance(by: .seconds(1))
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.state == .actionRequired && !topUp.onSession)
    return (harness, topUp)
  }

  private static func desk(_ harness: EngineHarness, seed: UInt8 = 1) -> AuthenticationDesk {
    AuthenticationDesk(
      store: harness.gate, engine: harness.engine, processor: harness.outside.processor,
      clock: harness.clock, fence: harness.store.fence,
      randomBytes: { Array(repeating: seed, count: $0) })
  }

  private typealias Issued = (part: AuthenticationDesk.Part, token: AuthenticationToken)

  private func issue(
    _ harness: EngineHarness, _ id: TopUpID, seed: UInt8 = 1
  ) throws -> Result<Issued, any Error> {
    let desk = Self.desk(harness, seed: seed)
    let done = harness.loop.start {
      try await desk.issue(
        for: id, returnURL: "https://console.example/done", caller: "console")
    }
    return try #require(done.result).mapError { $0 }
  }

  private func redeem(
    _ harness: EngineHarness, _ token: AuthenticationToken
  ) throws -> Result<AuthenticationDesk.Part, any Error> {
    let desk = Self.desk(harness)
    let done = harness.loop.start { try await desk.redeem(token).part }
    return try #require(done.result).mapError { $0 }
  }

  private func ends(_ harness: EngineHarness, _ state: TopUpState) throws -> Bool {
    let isThere = try harness.wait(atMost: .seconds(3_600)) {
      try harness.topUps().first?.state == state
    }
    #expect(try harness.store.verify() == [])
    return isThere
  }

  private func authenticate(_ harness: EngineHarness, _ part: AuthenticationDesk.Part) {
    harness.world.control("stripe/authenticate", #"{"intent": "\#(part.turn.intent)"}"#)
  }

  // MARK: By a link

  @Test func `a link is opened once, and the same intent is credited (21)`() throws {
    let (harness, topUp) = try Self.waiting()
    let (made, token) = try issue(harness, topUp.id).get()
    let intent = try #require(topUp.attempt?.intent)
    #expect(made.turn.intent == intent && made.turn.card == topUp.attempt?.card.id)
    #expect(made.secret.reveal().hasPrefix("\(intent)_secret_"))
    let part = try redeem(harness, token).get()
    #expect(part.secret == made.secret)
    #expect(throws: ServiceError.tokenSpent(id: topUp.id, .used)) {
      try redeem(harness, token).get()
    }
    authenticate(harness, part)
    #expect(try ends(harness, .credited))
    #expect(try harness.topUps().count == 1)
    #expect(harness.world.count("stripe POST /v1/payment_intents") == 2)
    #expect(throws: ServiceError.tokenSpent(id: topUp.id, .used)) {
      try redeem(harness, token).get()
    }
  }

  @Test func `of two who open a link at once, one is given the secret (21)`() throws {
    let (harness, topUp) = try Self.waiting()
    let (_, token) = try issue(harness, topUp.id).get()
    let desk = Self.desk(harness)
    let both = (0..<2).map { _ in harness.loop.start { try await desk.redeem(token).part } }
    harness.loop.advance(by: .seconds(1))
    let given = both.compactMap { try? $0.result?.get() }
    #expect(given.count == 1)
  }

  @Test func `a later link ends the one before it, and strangers' tokens are nothing (21)`() throws
  {
    let (harness, topUp) = try Self.waiting()
    let (_, first) = try issue(harness, topUp.id).get()
    let (_, second) = try issue(harness, topUp.id, seed: 2).get()
    #expect(throws: ServiceError.tokenSpent(id: topUp.id, .replaced)) {
      try redeem(harness, first).get()
    }
    let stranger = AuthenticationToken(
      random: Array(repeating: 9, count: AuthenticationToken.randomBytes))
    #expect(throws: ServiceError.unknownToken) { try redeem(harness, stranger).get() }
    _ = try redeem(harness, second).get()
  }

  @Test func `a processor that does not answer costs nobody the link (21)`() throws {
    let (harness, topUp) = try Self.waiting()
    let (_, token) = try issue(harness, topUp.id).get()
    harness.world.setFaults(FaultRule(.stripe, method: "GET", .first(1), .dropAfter))
    #expect(throws: ServiceError.self) { try redeem(harness, token).get() }
    _ = try redeem(harness, token).get()
  }

  // MARK: What forbids it

  @Test func `nobody finishes what waits for nobody, and the state is named`() throws {
    let (harness, topUp) = try Self.waiting()
    let (part, token) = try issue(harness, topUp.id).get()
    authenticate(harness, part)
    // No webhook came: whoever asks brings the news.
    #expect(
      throws: ServiceError.wrongState(id: topUp.id, state: .charged, needs: "actionRequired")
    ) { try issue(harness, topUp.id, seed: 2).get() }
    #expect(try ends(harness, .credited))
    #expect(
      throws: ServiceError.wrongState(id: topUp.id, state: .credited, needs: "actionRequired")
    ) { try issue(harness, topUp.id, seed: 2).get() }
    #expect(throws: ServiceError.tokenSpent(id: topUp.id, .over)) {
      try redeem(harness, token).get()
    }
    let none = TopUpID("tu_none")
    #expect(throws: ServiceError.notFound(resource: "top-up", name: "tu_none")) {
      try issue(harness, none).get()
    }
  }

  @Test func `what forbids a confirm forbids a person's too (47)`() throws {
    let (harness, topUp) = try Self.waiting()
    let (_, token) = try issue(harness, topUp.id).get()
    let refused = ServiceError.notFinished(id: topUp.id, "an operator stopped charging")
    try harness.commit(.setKillSwitch(true, actor: "ops"))
    #expect(throws: refused) { try issue(harness, topUp.id, seed: 2).get() }
    #expect(throws: refused) { try redeem(harness, token).get() }
    try harness.commit(.setKillSwitch(false, actor: "ops"))
    try harness.commit(.withdrawConsent(EngineHarness.payer, actor: "user"))
    #expect(
      throws: ServiceError.notFinished(id: topUp.id, "the payer withdrew the consent")
    ) { try redeem(harness, token).get() }
    #expect(try harness.topUps().first?.state == .actionRequired)
  }

  // MARK: The twenty-fourth hour

  /// Lets the world stand at the moment before the person's time is over.
  private func waitForTheEnd(_ harness: EngineHarness, _ part: AuthenticationDesk.Part) {
    let left = part.turn.ends.since(harness.clock.now) - .milliseconds(1)
    harness.loop.advance(by: left)
  }

  @Test func `after a day the intent is cancelled, and the link is over (21)`() throws {
    let (harness, topUp) = try Self.waiting()
    let (part, token) = try issue(harness, topUp.id).get()
    try harness.setPolicy { $0.isEnabled = false }
    waitForTheEnd(harness, part)
    #expect(try harness.look { try $0.topUp(topUp.id) }?.state == .actionRequired)
    harness.loop.advance(by: .milliseconds(1))
    #expect(try ends(harness, .cancelled))
    #expect(throws: ServiceError.tokenSpent(id: topUp.id, .over)) {
      try redeem(harness, token).get()
    }
    #expect(harness.world.count("stripe POST /v1/payment_intents/\(part.turn.intent)/cancel") == 1)
  }

  @Test func `who finishes at the last moment is credited, and the cancel is too late (3, 21)`()
    throws
  {
    let (harness, topUp) = try Self.waiting()
    let (part, _) = try issue(harness, topUp.id).get()
    waitForTheEnd(harness, part)
    authenticate(harness, part)
    harness.loop.advance(by: .milliseconds(1))
    #expect(try ends(harness, .credited))
    #expect(try harness.look { try $0.topUp(topUp.id) }?.books.charged == 500)
  }

  @Test func `a cancel whose answer is lost is asked about, and ends it once (15, 21)`() throws {
    let (harness, topUp) = try Self.waiting()
    let (part, _) = try issue(harness, topUp.id).get()
    try harness.setPolicy { $0.isEnabled = false }
    waitForTheEnd(harness, part)
    harness.world.setFaults(
      FaultRule(.stripe, method: "POST", pathSuffix: "/cancel", .first(1), .dropAfter))
    harness.loop.advance(by: .milliseconds(1))
    #expect(try ends(harness, .cancelled))
    #expect(harness.world.count("stripe POST /v1/payment_intents/\(part.turn.intent)/cancel") == 1)
  }

  @Test func `a cancel that never arrived loses to the person who finishes then (3, 21)`() throws {
    let (harness, topUp) = try Self.waiting()
    let (part, _) = try issue(harness, topUp.id).get()
    waitForTheEnd(harness, part)
    harness.world.setFaults(
      FaultRule(.stripe, method: "POST", pathSuffix: "/cancel", .first(1), .dropBefore))
    harness.loop.advance(by: .milliseconds(1))
    authenticate(harness, part)
    #expect(try ends(harness, .credited))
    #expect(try harness.look { try $0.topUp(topUp.id) }?.books.charged == 500)
  }
}
