package import TopUpCore

/// Why a call was refused; becomes a status in `StatusMapping.swift` and nowhere else.
///
/// Every refusal is explained: which field, what is wrong, what helps.
package enum ServiceError: Error, Sendable, Hashable {
  /// Fields that are wrong, all of them at once.
  case invalid([FieldViolation])
  case notFound(resource: String, name: String)
  /// The caller may call the method, and not about what it names.
  case notBound(caller: String, GrantRefusal)
  case keyReused(key: String)
  case noPaymentMethod(Payer)
  case cardNotOwned(PaymentMethodID)
  case cardRefused(reason: String)
  case noConsent(Payer)
  case aboveConsent(Money, limit: Money)
  case capReached(CapObjection)
  case killSwitch
  /// Nothing is charged for the account until each of these is over.
  case accountBlocked(AccountKey, [AccountBlock.Cause])
  case clockSkew(String)
  case breakerOpen(card: String)
  case attemptsExhausted(card: String, until: UnixTime)
  case wrongState(id: TopUpID, state: TopUpState, needs: String)
  /// A person may not finish the charge now, and why.
  case notFinished(id: TopUpID, String)
  /// Nobody was given such a token, or another's tenant was.
  case unknownToken
  case tokenSpent(id: TopUpID, AuthenticationLink.Spent)
  /// An operator's verb whose guard does not hold.
  case reviewRefused(id: TopUpID, ReviewRefusal)
  /// A webhook event whose effects are committed is not replayed.
  case alreadyApplied(event: String, at: UnixTime)
  /// Of whom, or of which deduction; nothing was moved.
  case insufficientCredits(of: String, available: Int128, required: Int128)
  /// A charge that is not given back by request.
  case notRefunded(id: TopUpID, RefundRefusal)
  /// What an operator wants to settle is in no comparison, or the store that is to send again is not
  /// behind.
  case nothingToSettle(String)
  /// What a store that was behind does not have, and nobody has settled or mended.
  case notSettled([String])
  /// Somebody asked for it already, and agrees with themselves.
  case needsAnotherPerson(id: TopUpID, verb: String, than: String)
  /// An operator's verb on an account whose guard does not hold.
  case accountRefused(AccountKey, AccountRefusal)
  case versionConflict(expected: Int64, found: Int64)
  /// A cursor that nothing can go on from without missing something.
  case cursorExpired(String, NoticeRange)
  /// One who watches and does not read: what is missed is behind the cursor.
  case tooSlow(cursor: Int64)
  case rampCannotDeliver(String)
  /// Charges were given back one after the other.
  case rampBreakerOpen(String)
  case priceOutOfBand(String)
  /// Comes with a later release.
  case notBuiltYet(method: String, instead: String)
  /// Another system did not answer, and nothing was begun.
  case dependencyUnavailable(name: String, detail: String)
  case store(StoreError)
  case streamProtocol(String)
  case streamSuperseded(source: String)
}

extension ServiceError {
  /// What a refusal by the ramp means to a caller: too many calls pass by themselves.
  static func ramp(_ refusal: Refusal) -> ServiceError {
    let words = "\(refusal.message) (\(refusal.code))"
    return refusal.kind == .rateLimited
      ? .dependencyUnavailable(name: "ramp", detail: words) : .rampCannotDeliver(words)
  }
}

extension ServiceError {
  static func ramp(_ objection: RampObjection) -> ServiceError {
    switch objection {
    case .breakerOpen: .rampBreakerOpen("\(objection)")
    case .price: .priceOutOfBand("\(objection)")
    case .headroom: .rampCannotDeliver("\(objection)")
    case .unavailable: .dependencyUnavailable(name: "ramp", detail: "\(objection)")
    }
  }
}

/// A field that is wrong, and why.
package struct FieldViolation: Sendable, Hashable {
  /// Its path in the request, such as `account.ddc.owner`.
  package var field: String
  /// What is wrong and what would be right, for a person.
  package var description: String
  /// The kind of fault, where a program may want to tell it from the others.
  package var kind: Kind

  package enum Kind: Sendable, Hashable {
    case malformed
    case wrongNetwork
    case unknownCurrency
    case amountTooSmall
    case amountTooLarge
  }

  package init(_ field: String, _ description: String, _ kind: Kind = .malformed) {
    self.field = field
    self.description = description
    self.kind = kind
  }
}
