/// Why a card was refused: codes that are four different things.
struct CardDecline: Hashable, Sendable {
  var code: String
  var declineCode: String?
  var adviceCode: String?
  var networkDeclineCode: String?
  /// Whether Stripe itself stopped it before the issuer was asked.
  var isBlocked = false
  var message: String

  init(
    _ code: String, _ declineCode: String? = nil, advice: String? = nil, network: String? = nil,
    isBlocked: Bool = false, _ message: String = "Your card was declined."
  ) {
    self.code = code
    self.declineCode = declineCode
    adviceCode = advice
    networkDeclineCode = network
    self.isBlocked = isBlocked
    self.message = message
  }

  /// A refusal with a code of the processor's list; one that is no decline code is the error's own.
  init(byCode code: String) {
    switch code {
    case "expired_card": self = .expired
    case "processing_error": self = .processingError
    case "insufficient_funds": self = .insufficientFunds
    case "payment_method_provider_timeout":
      self.init(code, "The payment provider did not answer in time.")
    default: self = .generic(code, advice: nil, network: "05")
    }
  }

  /// A refusal without reason; also for reasons that are not told to the person.
  static func generic(_ declineCode: String, advice: String?, network: String) -> CardDecline {
    CardDecline("card_declined", declineCode, advice: advice, network: network)
  }

  static let insufficientFunds = CardDecline(
    "card_declined", "insufficient_funds", advice: "try_again_later", network: "51",
    "Your card has insufficient funds.")
  static let processingError = CardDecline(
    "processing_error", "processing_error", advice: "try_again_later",
    "An error occurred while processing your card. Try again in a little bit.")
  static let expired = CardDecline(
    "expired_card", "expired_card", advice: "confirm_card_data", network: "54",
    "Your card has expired.")
  static let blocked = CardDecline(
    "card_declined", "fraudulent", advice: "do_not_try_again", isBlocked: true)
  /// The issuer wants the person, who is away.
  static let authenticationRequired = CardDecline(
    "authentication_required", "authentication_required",
    "Your card was declined. This transaction requires authentication.")
  /// The caller asked that an action fail instead of waiting.
  static let authenticationNotHandled = CardDecline(
    "authentication_required", "authentication_not_handled",
    "This payment required an authentication action to complete, but "
      + "`error_on_requires_action` was set.")
}
