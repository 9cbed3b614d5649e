internal import TopUpCore

/// What a person needs to finish a charge that the issuer wants authenticated: the same intent,
/// on-session, until a day after the attempt began (invariant 21).
///
/// The secret is asked of the processor each time; of the token for a link only the digest is kept.
struct AuthenticationDesk {
  private static let roundsMax = 8

  let store: any Store
  let engine: Engine
  let processor: any CardProcessor
  let clock: any WallClock
  let fence: Int64
  /// Gives that many bytes of chance.
  let randomBytes: @Sendable (Int) -> [UInt8]

  /// What the payer's device finishes the payment with.
  struct Part: Sendable {
    var topUp: TopUp
    var turn: PersonsTurn
    var secret: Secret
  }

  /// Makes a token for a link; it ends those that were made for the top-up before.
  ///
  /// - Throws: `wrongState` for a top-up that waits for nobody, `notFinished` for one that may not be
  ///   charged now, `dependencyUnavailable` where the processor cannot be asked; nothing is kept then.
  func issue(
    for id: TopUpID, returnURL: String, caller: String
  ) async throws(ServiceError) -> (part: Part, token: AuthenticationToken) {
    for _ in 0..<Self.roundsMax {
      let part = try await part(of: try topUp(id))
      let token = AuthenticationToken(random: randomBytes(AuthenticationToken.randomBytes))
      let now = clock.now
      let link = AuthenticationLink(
        topUp: id, attempt: part.turn.attempt, digest: token.digest, returnURL: returnURL,
        caller: caller, issued: now, expires: part.turn.ends)
      if try await keep(.issueAuthentication(link), at: now) { return (part, token) }
    }
    throw .store(.conflict(.changed("top-up \(id)")))
  }

  /// The link that a token stands for, whatever became of it; nil for none.
  func link(of token: AuthenticationToken) throws(ServiceError) -> AuthenticationLink? {
    let digest = token.digest
    return try store.look { snapshot throws(StoreError) in
      try snapshot.authenticationLink(digest: digest)
    }
  }

  /// Uses a token up. The processor is asked first: one that does not answer costs nobody the link.
  ///
  /// - Throws: `tokenSpent` for one that is good for nothing any more; otherwise as ``issue(for:returnURL:caller:)``.
  func redeem(
    _ token: AuthenticationToken
  ) async throws(ServiceError) -> (part: Part, link: AuthenticationLink) {
    for _ in 0..<Self.roundsMax {
      guard let link = try link(of: token) else { throw .unknownToken }
      let topUp = try topUp(link.topUp)
      if let spent = link.spent(topUp.personsTurn, at: clock.now) {
        throw .tokenSpent(id: link.topUp, spent)
      }
      let part = try await part(of: topUp)
      // Another may have used it while the processor was asked: then this one is too late.
      if try await keep(.redeemAuthentication(link.digest), at: clock.now) { return (part, link) }
    }
    throw .store(.conflict(.changed("a token")))
  }

  /// - Returns: false when it was not to be kept any more, and is looked at anew.
  private func keep(_ change: Change, at now: UnixTime) async throws(ServiceError) -> Bool {
    do throws(ServiceError) {
      try await store.keep([change], at: now, fence: fence)
      return true
    } catch {
      if case .store(.conflict(.changed)) = error { return false }
      throw error
    }
  }

  private func topUp(_ id: TopUpID) throws(ServiceError) -> TopUp {
    let found = try store.look { snapshot throws(StoreError) in try snapshot.topUp(id) }
    guard let found else { throw .notFound(resource: "top-up", name: id.rawValue) }
    return found
  }

  /// The person's part of a top-up as it is at the processor. What forbids a confirm forbids this
  /// one too (invariant 47); what the processor says that is news is told to the top-up.
  private func part(of topUp: TopUp) async throws(ServiceError) -> Part {
    // An older copy of the store may wait for what was finished long ago (invariant 50).
    if let reason = await engine.whyNotReady() {
      throw .dependencyUnavailable(name: "store", detail: reason)
    }
    guard let turn = topUp.personsTurn else {
      throw .wrongState(id: topUp.id, state: topUp.state, needs: TopUpState.actionRequired.rawValue)
    }
    guard clock.now < turn.ends else {
      throw .notFinished(id: topUp.id, "the time for it ended at \(turn.ends)")
    }
    if let reason = try await engine.whyForbidden(topUp) {
      throw .notFinished(id: topUp.id, reason)
    }
    switch await processor.acting(for: topUp.payer.tenant).intent(turn.intent) {
    case .answered(let seen):
      if seen.waitsForPerson, let secret = seen.clientSecret {
        return Part(topUp: topUp, turn: turn, secret: secret)
      }
      let after = try await engine.hear(.intentSeen(seen), of: topUp.id)
      throw .wrongState(
        id: topUp.id, state: after.state, needs: TopUpState.actionRequired.rawValue)
    case .refused(let refusal):
      throw .dependencyUnavailable(name: "processor", detail: refusal.code)
    case .unknown(let reason), .notSent(let reason):
      throw .dependencyUnavailable(name: "processor", detail: reason)
    }
  }
}

extension IntentSnapshot {
  /// Whether its cardholder can finish it: it was refused for want of authentication, or asks for
  /// it now.
  fileprivate var waitsForPerson: Bool {
    switch status {
    case .requiresAction: true
    case .requiresPaymentMethod: lastError?.isAuthenticationDemand == true
    case .requiresConfirmation, .processing, .requiresCapture, .succeeded, .canceled,
      .unrecognised:
      false
    }
  }
}
