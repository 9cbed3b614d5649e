internal import TopUpCore

/// A caller's call that moves credits.
struct CreditsRequest: Sendable, Hashable {
  enum Verb: Sendable, Hashable {
    case deduct(CreditsAccount)
    /// - Parameter key: under which this caller deducted them.
    case giveBack(CreditsAccount, key: String)
    case transfer(from: CreditsAccount, to: CreditsAccount)
  }

  var caller: String
  var key: String
  var verb: Verb
  var units: Int128
  var description: String

  /// Everything but the key.
  var digest: [UInt8] {
    var digest: RequestDigest
    switch verb {
    case .deduct(let from):
      digest = RequestDigest("DeductCredits")
      digest.add(from)
    case .giveBack(let to, let key):
      digest = RequestDigest("ReturnCredits")
      digest.add(to)
      digest.add(key)
    case .transfer(let from, let to):
      digest = RequestDigest("TransferCredits")
      digest.add(from)
      digest.add(to)
    }
    digest.add(String(units))
    digest.add(description)
    return digest.finish()
  }
}

/// Uses, gives back and hands on credits: an entry each, once by the caller's key for ever, and only
/// what is there (invariants 22, 27, 43).
struct CreditsDesk {
  private static let roundsMax = 8

  let store: any Store
  let clock: any WallClock
  let fence: Int64
  /// A balance is low, and its account due for a look.
  var lowWasSeen: @Sendable () async -> Void = {}

  /// What a call came to, the same for each repeat of it.
  struct Receipt: Sendable, Hashable {
    var entry: StoredEntry
    /// What the user had after it: the one who was debited, or was given back to.
    var balanceAfter: Int128
  }

  /// - Throws: `insufficientCredits` with what is there; nothing is remembered then.
  func move(_ request: CreditsRequest) async throws(ServiceError) -> Receipt {
    let id = CreditMovement.id(caller: request.caller, key: request.key)
    for _ in 0..<Self.roundsMax {
      let known = try store.remembered(
        caller: request.caller, key: request.key, digest: request.digest)
      if known != nil { return try receiptOfMoved(id) }
      let movement = try self.movement(id, request)
      do throws(ServiceError) {
        try await store.keep(
          [
            .rememberRequest(
              StoredRequest(
                caller: request.caller, key: request.key, digest: request.digest, result: id)),
            .moveCredits(movement),
          ], at: clock.now, fence: fence)
      } catch {
        // Another was faster: what is left now says whether there is enough.
        switch error {
        case .store(.conflict(.changed)), .store(.conflict(.keyUsed)): continue
        default: throw error
        }
      }
      if let payer = movement.payer, isDue(.credits(payer)) { await lowWasSeen() }
      return try receiptOfMoved(id)
    }
    throw .store(.conflict(.changed("credits")))
  }

  /// Whether the engine is told of an account, which is due with the commit and looked at either way
  /// (invariant 51): one that cannot be read may be, and fails no call.
  private func isDue(_ account: AccountKey) -> Bool {
    let now = clock.now
    do throws(ServiceError) {
      return try store.look { snapshot throws(StoreError) in
        try snapshot.lookDue(account).map { $0 <= now } ?? false
      }
    } catch { return true }
  }

  /// The credits have moved: the same key finds out how, where that cannot be read now.
  private func receiptOfMoved(_ id: String) throws(ServiceError) -> Receipt {
    try telling(of: "movement \(id)") { () throws(ServiceError) in try receipt(of: id) }
  }

  private func movement(
    _ id: String, _ request: CreditsRequest
  ) throws(ServiceError) -> CreditMovement {
    let kind: CreditMovement.Kind
    switch request.verb {
    case .deduct(let from):
      try suffices(from, request.units)
      kind = .deduction(from: from)
    case .transfer(let from, let to):
      try suffices(from, request.units)
      kind = .transfer(from: from, to: to)
    case .giveBack(let to, let key):
      let deduction = CreditMovement.id(caller: request.caller, key: key)
      let taken = try store.look { snapshot throws(StoreError) in
        try snapshot.creditMovement(deduction)
      }
      guard let taken, taken.isDeduction, taken.account == to else {
        throw .notFound(resource: "deduction with idempotency key", name: key)
      }
      let left = taken.units - taken.givenBack
      guard request.units <= left else {
        throw .insufficientCredits(
          of: "deduction \(key)", available: left, required: request.units)
      }
      kind = .giveBack(to: to, deduction: deduction)
    }
    let movement = CreditMovement(
      id: id, kind, units: request.units, description: request.description)
    guard let movement else {
      throw .invalid([FieldViolation("to", "must be another user of the same tenant")])
    }
    return movement
  }

  private func suffices(_ account: CreditsAccount, _ units: Int128) throws(ServiceError) {
    let has = try store.look { snapshot throws(StoreError) in
      -(try snapshot.balance(of: .credits(account)))
    }
    guard has >= units else {
      throw .insufficientCredits(
        of: "\(account.user) of \(account.tenant)", available: max(0, has), required: units)
    }
  }

  private func receipt(of id: String) throws(ServiceError) -> Receipt {
    let found = try store.look { snapshot throws(StoreError) -> Receipt? in
      guard let movement = try snapshot.creditMovement(id),
        let entry = try snapshot.entry(movement.position)
      else { return nil }
      let name = LedgerAccount.credits(movement.account).name
      guard let leg = entry.legs.last(where: { $0.account.isExactly(name) }) else { return nil }
      return Receipt(entry: entry, balanceAfter: -leg.balanceAfter)
    }
    guard let found else { throw .store(.corrupt("movement \(id) has no entry")) }
    return found
  }
}

extension RequestDigest {
  fileprivate mutating func add(_ account: CreditsAccount) {
    add(account.tenant)
    add(account.user)
  }
}
