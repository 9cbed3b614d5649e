import Testing
import TopUpCore

/// What a person is given to finish a charge with, and for how long (invariant 21).
@Suite struct AuthenticationTests {
  private static func waiting() throws -> Scene {
    var scene = try Scene.confirming()
    try scene.on(.intentSeen(Sample.declined(Sample.authenticationDemand)))
    return scene
  }

  @Test func `a person finishes the same intent with its card, within a day of the attempt (21)`()
    throws
  {
    #expect(try Scene.confirming().topUp.personsTurn == nil)
    let scene = try Self.waiting()
    let turn = try #require(scene.topUp.personsTurn)
    #expect(turn.intent == PaymentIntentID("pi_1") && turn.card == Sample.card(1).id)
    #expect(turn.attempt == 1)
    #expect(turn.ends == Scene.start.advanced(by: .seconds(86_400)))
  }

  @Test func `the person's time and the cancel meet at one moment (21)`() throws {
    var scene = try Self.waiting()
    let ends = try #require(scene.topUp.personsTurn?.ends)
    scene.now = ends.advanced(by: .milliseconds(-1))
    #expect(try scene.on(.timePassed) == nil)
    scene.now = ends
    try scene.on(.timePassed)
    #expect(scene.call == "cancel_intent" && scene.topUp.personsTurn == nil)
  }

  private static func link(_ change: (inout AuthenticationLink) -> Void = { _ in })
    -> AuthenticationLink
  {
    var link = AuthenticationLink(
      topUp: Scene.id, attempt: 1, digest: [1], returnURL: "", caller: "console",
      issued: Scene.start, expires: Scene.start.advanced(by: .seconds(60)))
    change(&link)
    return link
  }

  @Test func `a token is good once, for its attempt, in its time, and while it is the newest (21)`()
    throws
  {
    let turn = try Self.waiting().topUp.personsTurn
    let now = Scene.start
    #expect(Self.link().spent(turn, at: now) == nil)
    #expect(Self.link().spent(turn, at: now.advanced(by: .milliseconds(59_999))) == nil)
    #expect(Self.link().spent(turn, at: now.advanced(by: .seconds(60))) == .expired)
    #expect(Self.link { $0.redeemed = now }.spent(turn, at: now) == .used)
    #expect(Self.link { $0.isReplaced = true }.spent(turn, at: now) == .replaced)
    #expect(Self.link { $0.attempt = 2 }.spent(turn, at: now) == .over)
    #expect(Self.link().spent(nil, at: now) == .over)
    #expect(Self.link { $0.redeemed = now }.spent(nil, at: now) == .used)
  }

  @Test func `a token is known by its digest, and shown by nothing`() throws {
    let random = [UInt8](repeating: 7, count: AuthenticationToken.randomBytes)
    let token = AuthenticationToken(random: random)
    let text = token.text.reveal()
    #expect(text.hasPrefix("auth_") && text.utf8.count == 53)
    #expect(AuthenticationToken(text) == token)
    #expect(token.digest.count == 32 && token.digest == AuthenticationToken(text)?.digest)
    #expect(AuthenticationToken(random: random.dropLast() + [8]).digest != token.digest)
    #expect(!"\(token)".contains(text.dropFirst(5)))
    #expect(AuthenticationToken("pi_1_secret_2") == nil)
    #expect(AuthenticationToken("auth_" + String(repeating: "a", count: 124)) == nil)
  }
}
