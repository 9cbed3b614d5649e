internal import ProtobufRuntime
internal import RPCCore
internal import TopUpAPI

/// What helps against a failure, in a sentence for whoever met it.
enum Advice {
  /// - Parameters:
  ///   - reason: `google.rpc.ErrorInfo.reason`; empty when the failure carried none.
  ///   - key: the idempotency key of a call that changes something.
  /// - Returns: nil when the message says all there is to say.
  static func text(
    code: StatusCode, reason: String, retryDelay: Duration?, key: String?, address: ServerAddress
  ) -> String? {
    let known = ErrorReason(protoName: "ERROR_REASON_" + reason) ?? .unspecified
    let specific = text(known) ?? text(code, key, address)
    let pause = retryDelay.map { "try again in \(SpanText.text($0))" }
    let parts = [specific, pause].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  private static func text(_ reason: ErrorReason) -> String? {
    switch reason {
    case .wrongNetwork: "use the address with Cere's prefix, or the account as 0x and 64 digits"
    case .idempotencyKeyReused:
      "take another --key, or see what this one did: topupctl topup get --key KEY"
    case .noPaymentMethod: "topupctl pm add stores a card, topupctl pm list shows those there are"
    case .paymentMethodNotOwned: "topupctl pm list shows the payer's cards"
    case .noConsent:
      "record the consent with topupctl pm consent, or use --on-session while the payer is there"
    case .aboveConsent:
      "record a higher limit with topupctl pm consent, or use --on-session while the payer is there"
    case .capReached:
      "topupctl policy get shows the account's caps, topupctl caps get its tenant's and the "
        + "service's; a cap frees when its window ends"
    case .insufficientBalance:
      "topupctl balance get --tenant … --user … shows what is there; topupctl topup create buys more"
    case .rampBreakerOpen:
      "topupctl ramp status shows since when; topupctl ramp clear-breaker ends it, once its cause "
        + "is gone"
    case .priceOutOfBand: "topupctl ramp accept-price takes the new price, if it is right"
    case .rampCannotDeliver: "topupctl ramp status shows what it can deliver"
    case .accountBlocked: "topupctl account show tells what blocks it, and since when"
    case .topUpInFlight: "topupctl topup watch follows the one that is under way"
    case .killSwitch: "topupctl server kill-switch --allow ends it, once its cause is gone"
    case .clockSkew: "synchronise the server's clock; topupctl doctor shows by how much it is off"
    case .cardBreakerOpen: "replace the card: topupctl pm add"
    case .cardAttemptsExhausted: "use another card: topupctl pm list shows them"
    case .needsAnotherPerson: "topupctl review list shows who asked for what; another repeats it"
    case .wrongState: "topupctl topup get shows where the top-up stands"
    case .dependencyUnavailable: "topupctl doctor shows which part does not answer"
    case .outcomeUnknown: "run the same command with the same --key: it finds out and never repeats"
    case .versionConflict: "someone else changed it meanwhile: look again, then repeat the command"
    case .unauthenticated: "--token-file names a file with a token that this server trusts"
    case .permissionDenied: "the server's policy decides who may call this: TOPUP_POLICY_FILE there"
    case .notBound: "the server's bindings decide for whom: TOPUP_BINDINGS_FILE there"
    case .cursorExpired: "topupctl notices list begins with the oldest that is kept"
    case .streamSuperseded: "another process streams as the same --source: give this one its own"
    case .unspecified, .invalidField, .unknownCurrency, .amountTooSmall, .amountTooLarge, .notFound,
      .notBuiltYet, .streamProtocol, .unrecognized:
      nil
    }
  }

  private static func text(
    _ code: StatusCode, _ key: String?, _ address: ServerAddress
  ) -> String? {
    switch code {
    case .unavailable:
      "is topupd running at \(address)? --address or TOPUP_ADDRESS says where; topupctl doctor "
        + "looks further" + again(key)
    case .deadlineExceeded:
      key == nil
        ? "allow more with --timeout; topupctl doctor shows what is slow"
        : "whether it took effect is not known" + again(key)
    case .unimplemented:
      "this server does not have that method; topupctl server status tells its version"
    case .unauthenticated, .permissionDenied: "this server wants credentials for that"
    case .internal, .unknown, .dataLoss: "the server's log has more" + again(key)
    default: nil
    }
  }

  private static func again(_ key: String?) -> String {
    key.map { "; repeating the command with --key \($0) is safe" } ?? ""
  }
}
