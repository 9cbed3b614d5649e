internal import TopUpCore

/// What operators do with top-ups that wait for a person: each call once by its key, on the version
/// that was looked at, and where two must agree, by two (invariants 43, 52).
struct ReviewDesk {
  private static let roundsMax = 8

  let store: any Store
  let engine: Engine
  let clock: any WallClock
  let fence: Int64
  /// Whether what decides where money ends up takes two persons.
  let needsSecondPerson: Bool

  /// Where a call left its top-up.
  struct Outcome: Sendable, Hashable {
    var topUp: TopUp
    var awaitsSecondPerson: Bool
  }

  /// - Throws: `reviewRefused` where the verb's guard does not hold, `versionConflict` when the
  ///   top-up has moved since it was looked at, `needsAnotherPerson` for one who would agree with
  ///   themselves; nothing is remembered then.
  func act(_ request: ReviewRequest) async throws(ServiceError) -> Outcome {
    for _ in 0..<Self.roundsMax {
      if let known = try known(request) { return known }
      let (topUp, proposals) = try look(request.id)
      guard request.expected == 0 || request.expected == topUp.version else {
        throw .versionConflict(expected: request.expected, found: topUp.version)
      }
      do throws(ServiceError) {
        return try await act(request, on: topUp, proposals)
      } catch {
        // Somebody was faster: looked at anew, it is theirs, or refused, or still to be done.
        switch error {
        case .store(.conflict(.changed)), .store(.conflict(.keyUsed)): continue
        default: throw error
        }
      }
    }
    throw .store(.conflict(.changed("top-up \(request.id)")))
  }

  private func act(
    _ request: ReviewRequest, on topUp: TopUp, _ proposals: [ReviewProposal]
  ) async throws(ServiceError) -> Outcome {
    let memory = Change.rememberRequest(
      StoredRequest(
        caller: request.caller, key: request.key, digest: request.digest,
        result: topUp.id.rawValue))
    var action = request.action
    if needsSecondPerson, action.verb.decidesMoney {
      guard let first = proposals.first(where: { $0.verb == action.verb.name }) else {
        try await propose(request, on: topUp, memory)
        return Outcome(topUp: topUp, awaitsSecondPerson: true)
      }
      guard first.mayBeSeconded(by: action.actor, caller: request.provenCaller) else {
        throw .needsAnotherPerson(id: topUp.id, verb: first.verb, than: first.actor)
      }
      action.actor = "\(first.actor) and \(action.actor)"
      action.reason = "\(first.reason); \(action.reason)"
    }
    let after = try await engine.review(topUp, action, with: [memory])
    return Outcome(topUp: after, awaitsSecondPerson: false)
  }

  /// Notes what one person wants, if it could be done.
  private func propose(
    _ request: ReviewRequest, on topUp: TopUp, _ memory: Change
  ) async throws(ServiceError) {
    let now = clock.now
    _ = try topUp.reviewing(request.action, at: now)
    // Who seconds it sees what it rests on.
    let evidence = request.action.verb.evidence.map { "; evidence: \($0)" } ?? ""
    let proposal = ReviewProposal(
      topUp: topUp.id, version: topUp.version, verb: request.action.verb.name,
      actor: request.action.actor, caller: request.provenCaller,
      reason: request.action.reason + evidence, at: now)
    try await store.keep([memory, .proposeReview(proposal)], at: now, fence: fence)
  }

  /// What the same call came to before, as it is now.
  private func known(_ request: ReviewRequest) throws(ServiceError) -> Outcome? {
    let stored = try store.remembered(
      caller: request.caller, key: request.key, digest: request.digest)
    guard stored != nil else { return nil }
    let (topUp, proposals) = try look(request.id)
    return Outcome(
      topUp: topUp,
      awaitsSecondPerson: (topUp.state == .needsReview || topUp.state == .depositHeld)
        && proposals.contains { $0.verb == request.action.verb.name })
  }

  private func look(_ id: TopUpID) throws(ServiceError) -> (TopUp, [ReviewProposal]) {
    let found = try store.look { snapshot throws(StoreError) -> (TopUp, [ReviewProposal])? in
      guard let topUp = try snapshot.topUp(id) else { return nil }
      return (topUp, try snapshot.proposals(of: id, version: topUp.version))
    }
    guard let found else { throw .notFound(resource: "top-up", name: id.rawValue) }
    return found
  }
}

extension TopUp {
  /// What an operator's verb does, or why it is refused.
  func reviewing(_ action: ReviewAction, at now: UnixTime) throws(ServiceError) -> Step {
    try following(.reviewed(action), at: now)
  }

  /// What a person's word does, or why it is not followed.
  func following(_ word: TopUpEvent, at now: UnixTime) throws(ServiceError) -> Step {
    do throws(TransitionError) {
      guard let step = try applying(word, at: now) else { throw .refused(.notInReview(state)) }
      return step
    } catch {
      switch error {
      case .refused(let refusal): throw .reviewRefused(id: id, refusal)
      case .notRefunded(let refusal): throw .notRefunded(id: id, refusal)
      case .contradicts(let what): throw .store(.conflict(.forbidden(what)))
      }
    }
  }
}
