internal import ProtobufRuntime
package import RPCCore
internal import RPCServices
internal import TopUpAPI
internal import TopUpCore

// The one place where a refusal becomes a gRPC status: code, message, and details that a program
// can branch on (google.rpc.Status in `grpc-status-details-bin`).

extension ServiceError: RPCErrorConvertible {
  package var rpcError: RPCError {
    let refusal = self.refusal
    var details: [any ProtobufMessage] = [
      GoogleErrorInfo(reason: refusal.reason.name, domain: "topup.v1", metadata: refusal.facts)
    ]
    if !refusal.fields.isEmpty {
      let violations = refusal.fields.map { field in
        GoogleBadRequest.FieldViolation(field: field.field, description: field.description)
      }
      details.append(GoogleBadRequest(fieldViolations: violations))
    }
    if let delay = refusal.retryDelay {
      details.append(GoogleRetryInfo(retryDelay: delay.proto))
    }
    if let precondition = refusal.precondition {
      let violation = GooglePreconditionFailure.Violation(
        type: refusal.reason.name, subject: precondition, description: refusal.message)
      details.append(GooglePreconditionFailure(violations: [violation]))
    }
    return RPCError(refusal.code, refusal.message, details: details)
  }

  /// What a refusal says, before it is put on the wire.
  private struct Refused {
    var code: StatusCode
    var reason: ErrorReason
    var message: String
    var fields: [FieldViolation] = []
    var facts: [String: String] = [:]
    var retryDelay: Duration?
    var precondition: String?
  }

  private var refusal: Refused {
    switch self {
    case .invalid(let fields):
      Refused(
        code: .invalidArgument, reason: Self.reason(of: fields),
        message: fields.map { "\($0.field): \($0.description)" }.joined(separator: "; "),
        fields: fields)
    case .notFound(let resource, let name):
      Refused(
        code: .notFound, reason: .notFound, message: "there is no \(resource) \(Self.named(name))")
    case .notBound(let caller, let refusal):
      Refused(
        code: .permissionDenied, reason: .notBound,
        message: "\(refusal.field) is not one that \(caller) is bound to; it is bound to "
          + refusal.boundTo,
        facts: ["field": refusal.field, "principal": caller, "bound_to": refusal.boundTo])
    case .keyReused(let key):
      Refused(
        code: .alreadyExists, reason: .idempotencyKeyReused,
        message: "idempotency key \(key) came before with another request; nothing was done now",
        fields: [FieldViolation("idempotency_key", "was used with another request")])
    case .noPaymentMethod(let payer):
      precondition(
        .noPaymentMethod, "\(payer.user) of \(payer.tenant) has no stored card; add one first",
        "payer")
    case .cardNotOwned(let card):
      Refused(
        code: .notFound, reason: .paymentMethodNotOwned,
        message: "card \(Self.named(card.rawValue)) is not one of this payer's",
        fields: [FieldViolation("payment_method_id", "is not one of this payer's cards")])
    case .cardRefused(let reason):
      precondition(.noPaymentMethod, "the card was not accepted: \(reason)", "payment_method_id")
    case .noConsent(let payer):
      precondition(
        .noConsent,
        "\(payer.user) of \(payer.tenant) has not agreed to charges without being present; "
          + "record the consent, or charge with on_session", "payer")
    case .aboveConsent(let amount, let limit):
      precondition(
        .aboveConsent,
        "\(amount) is above the \(limit) that the payer agreed to be charged without being "
          + "present; charge with on_session, or record another consent", "payer")
    case .capReached(let objection):
      Refused(
        code: .resourceExhausted, reason: .capReached, message: "\(objection)",
        facts: objection.facts)
    case .killSwitch:
      precondition(.killSwitch, "an operator stopped charging; nothing was done", "service")
    case .accountBlocked(let account, let causes):
      Refused(
        code: .failedPrecondition, reason: .accountBlocked,
        message: "\(account.name) is blocked: "
          + causes.map(\.explanation).joined(separator: ", ") + "; nothing was done",
        facts: ["causes": AccountBlock.Cause.text(causes)], precondition: account.name)
    case .clockSkew(let why):
      precondition(.clockSkew, "\(why); nothing was done", "service")
    case .breakerOpen(let card):
      precondition(
        .cardBreakerOpen, "\(card) is refused until it is replaced or corrected",
        "payment_method_id")
    case .attemptsExhausted(let card, let until):
      precondition(
        .cardAttemptsExhausted,
        "\(card) was tried as often in 30 days as it may be; it is free again at \(until)",
        "payment_method_id")
    case .wrongState(let id, let state, let needs):
      precondition(
        .wrongState, "top-up \(id) is \(state.rawValue); this needs it to be \(needs)",
        id.rawValue)
    case .notFinished(let id, let why):
      precondition(.wrongState, "top-up \(id) cannot be paid now: \(why)", id.rawValue)
    case .unknownToken:
      Refused(
        code: .notFound, reason: .notFound, message: "there is no authentication by this token",
        fields: [FieldViolation("one_time_token", "stands for nothing here")])
    case .tokenSpent(let id, let spent):
      Refused(
        code: .failedPrecondition, reason: .wrongState,
        message: "the token of top-up \(id): \(spent.explanation)",
        facts: ["token": spent.rawValue], precondition: id.rawValue)
    case .reviewRefused(let id, let refusal):
      Refused(
        code: .failedPrecondition, reason: .wrongState,
        message: "top-up \(id): \(refusal.explanation)", facts: ["refusal": refusal.name],
        precondition: id.rawValue)
    case .insufficientCredits(let whose, let available, let required):
      Refused(
        code: .failedPrecondition, reason: .insufficientBalance,
        message: "\(required) credits are needed, and \(whose) has \(available); nothing was moved",
        facts: ["available": "\(available)", "required": "\(required)"], precondition: "credits")
    case .notRefunded(let id, let refusal):
      Refused(
        code: .failedPrecondition, reason: .wrongState,
        message: "top-up \(id) is not refunded: \(refusal.explanation)",
        facts: ["refusal": refusal.name], precondition: id.rawValue)
    case .alreadyApplied(let event, let at):
      precondition(
        .wrongState, "event \(event) was applied at \(at); nothing of it is done again", "id")
    case .nothingToSettle(let why): precondition(.wrongState, why, "object_id")
    case .notSettled(let left):
      precondition(
        .wrongState,
        "\(left.count) differences stand; repair them, or settle each by hand: "
          + left.prefix(20).joined(separator: ", ") + (left.count > 20 ? " and more" : ""),
        "store")
    case .needsAnotherPerson(let id, let verb, let first):
      precondition(
        .needsAnotherPerson,
        "\(first) asked for \(verb) of top-up \(id) already; another person must ask for the same",
        id.rawValue)
    case .accountRefused(let account, let refusal): refused(account, refusal)
    case .versionConflict(let expected, let found):
      Refused(
        code: .aborted, reason: .versionConflict,
        message: "version \(expected) was expected and version \(found) is in force; read it anew",
        facts: ["expected": "\(expected)", "found": "\(found)"])
    case .cursorExpired(let why, let kept):
      Refused(
        code: .outOfRange, reason: .cursorExpired, message: why,
        fields: [FieldViolation("after_position", why)],
        facts: ["oldest": "\(kept.oldest)", "newest": "\(kept.newest)"])
    case .tooSlow(let cursor):
      Refused(
        code: .unavailable, reason: .dependencyUnavailable,
        message: "notices were read too slowly; come again with after_position \(cursor)",
        facts: ["after_position": "\(cursor)"], retryDelay: .seconds(1))
    case .rampCannotDeliver(let why):
      precondition(.rampCannotDeliver, "the ramp cannot deliver this now: \(why)", "ramp")
    case .rampBreakerOpen(let why): precondition(.rampBreakerOpen, why, "ramp")
    case .priceOutOfBand(let why): precondition(.priceOutOfBand, why, "ramp")
    case .notBuiltYet(let method, let instead):
      Refused(
        code: .unimplemented, reason: .notBuiltYet,
        message: "\(method) comes with a later release; \(instead)")
    case .dependencyUnavailable(let name, let detail):
      Refused(
        code: .unavailable, reason: .dependencyUnavailable,
        message: "the \(name) cannot be used now, and nothing was begun: \(detail)",
        retryDelay: .seconds(2))
    case .store(let error): Self.refusal(of: error)
    case .streamProtocol(let what):
      Refused(code: .invalidArgument, reason: .streamProtocol, message: what)
    case .streamSuperseded(let source):
      Refused(
        code: .aborted, reason: .streamSuperseded,
        message: "another stream of \(source) has taken over")
    }
  }

  private func refused(_ account: AccountKey, _ refusal: AccountRefusal) -> Refused {
    switch refusal {
    case .blockedAlready:
      precondition(
        .wrongState, "\(account.name) is blocked by an operator already", account.name)
    case .notBlocked(let causes):
      precondition(
        .wrongState, "\(account.name) is not blocked for: \(AccountBlock.Cause.text(causes))",
        account.name)
    case .nothingOwed:
      precondition(.wrongState, "\(account.name) owes nothing", account.name)
    case .needsAnotherPerson(let first):
      precondition(
        .needsAnotherPerson,
        "\(first) asked for it already; another person must ask for the same", account.name)
    }
  }

  private func precondition(
    _ reason: ErrorReason, _ message: String, _ subject: String
  ) -> Refused {
    Refused(
      code: .failedPrecondition, reason: reason, message: message, precondition: subject)
  }

  private static func refusal(of error: StoreError) -> Refused {
    switch error {
    case .inDoubt:
      Refused(
        code: .unknown, reason: .outcomeUnknown,
        message: "whether the change was kept is not known; the same idempotency key finds out",
        retryDelay: .seconds(2))
    case .full:
      Refused(
        code: .unavailable, reason: .dependencyUnavailable,
        message: "the store has no room; nothing was written", retryDelay: .seconds(30))
    case .corrupt:
      Refused(
        code: .internal, reason: .dependencyUnavailable,
        message: "the store is damaged; an operator is needed")
    case .unavailable:
      Refused(
        code: .unavailable, reason: .dependencyUnavailable,
        message: "the store does not answer; nothing was written", retryDelay: .seconds(2))
    case .conflict(.fenced):
      Refused(
        code: .unavailable, reason: .dependencyUnavailable,
        message: "another server has taken the store over; nothing was written",
        retryDelay: .seconds(2))
    case .conflict(.forbidden(let rule)):
      Refused(
        code: .internal, reason: .dependencyUnavailable,
        message: "the store does not allow this, and would not again; nothing was written: \(rule)")
    case .conflict(.changed), .conflict(.inFlight), .conflict(.capReached), .conflict(.keyUsed),
      .conflict(.missing):
      Refused(
        code: .aborted, reason: .versionConflict,
        message: "a concurrent change won; nothing was written", retryDelay: .milliseconds(50))
    }
  }

  /// What a caller named, told again: an answer has room for the name of anything that there is.
  private static func named(_ name: String) -> String { name.cut(toBytes: 512) }

  /// The one reason that several faults share, or the general one.
  private static func reason(of fields: [FieldViolation]) -> ErrorReason {
    let kinds = Set(fields.map(\.kind))
    guard kinds.count == 1, let kind = kinds.first else { return .invalidField }
    switch kind {
    case .malformed: return .invalidField
    case .wrongNetwork: return .wrongNetwork
    case .unknownCurrency: return .unknownCurrency
    case .amountTooSmall: return .amountTooSmall
    case .amountTooLarge: return .amountTooLarge
    }
  }
}

extension CapObjection {
  /// The figures, for a program.
  fileprivate var facts: [String: String] {
    var facts = [
      "window": window.key, "used_count": "\(window.usedCount)",
      "used_minor_units": "\(window.usedMinorUnits)", "currency": amount.currency.code,
      "ends_at": "\(window.ends)",
    ]
    facts["limit_count"] = window.cap.count.map { "\($0)" }
    facts["limit_minor_units"] = window.cap.minorUnits.map { "\($0)" }
    return facts
  }
}

extension ErrorReason {
  /// As `google.rpc.ErrorInfo.reason` carries it: without the enum's prefix.
  fileprivate var name: String {
    String((protoName ?? "ERROR_REASON_UNSPECIFIED").dropFirst("ERROR_REASON_".count))
  }
}
