extension Decline {
  /// One or two sentences for the card's owner: what is wrong, and what they can do.
  ///
  /// Made of our own words alone; the processor's message is for the log. It never says whether a
  /// further attempt is planned, which is not the decline's to know.
  /// - Parameters:
  ///   - brand: the processor's word for it, such as `visa`.
  ///   - last4: the last four digits of the card's number.
  package func personMessage(brand: String?, last4: String?) -> String {
    let card = CardName.text(brand: brand, last4: last4)
    if isReasonSecret { return Self.plain(card) }
    return Self.message(forCode: declineCode ?? code, card) ?? Self.message(for: verdict, card)
  }

  /// The text where there is no reason, or none to be told.
  private static func plain(_ card: String) -> String {
    "Your \(card) was declined. Please ask your bank, or use another card."
  }

  /// The codes that say more than their class.
  private static func message(forCode code: String, _ card: String) -> String? {
    switch code {
    case "insufficient_funds":
      "There is not enough money available on your \(card). "
        + "Please add funds, or use another card."
    case "card_velocity_exceeded", "withdrawal_count_limit_exceeded":
      "Your \(card) has reached a limit that its bank sets. "
        + "Please ask the bank to raise it, or use another card."
    case "expired_card", "expired_payment_method", "invalid_expiry_month", "invalid_expiry_year":
      "Your \(card) has expired, or its expiry date is wrong. "
        + "Please correct the date, or use another card."
    case "incorrect_cvc", "invalid_cvc":
      "The security code of your \(card) is wrong. Please enter the card again."
    case "incorrect_zip", "incorrect_postal_code", "incorrect_address":
      "The address given for your \(card) is not the one its bank knows. "
        + "Please correct it, or use another card."
    case "new_account_information_available":
      "Your \(card) has been replaced or renewed. Please enter the new card."
    case "currency_not_supported", "payment_method_currency_mismatch":
      "Your \(card) cannot pay in this currency. Please use another card."
    case "invalid_amount":
      "The bank of your \(card) does not allow a payment of this amount. "
        + "Please choose another amount, or use another card."
    case "duplicate_transaction":
      "The bank of your \(card) took this for an earlier payment made twice. "
        + "Please check whether that payment went through before you try again."
    case "incorrect_pin", "invalid_pin", "pin_try_exceeded", "offline_pin_required",
      "online_or_offline_pin_required":
      "Your \(card) needs a PIN, which cannot be entered here. Please use another card."
    case "testmode_decline":
      "Your \(card) is a test card, which cannot pay. Please use another card."
    case "authentication_failure", "payment_intent_authentication_failure",
      "setup_intent_authentication_failure":
      "You have not been able to confirm the payment with the bank of your \(card). "
        + "Please try again, or use another card."
    default: nil
    }
  }

  private static func message(for verdict: DeclineVerdict, _ card: String) -> String {
    switch verdict.declineClass {
    case .hard:
      "The bank of your \(card) does not allow this payment, now or later. "
        + "Please use another card."
    case .cardData:
      "The details of your \(card) are not the ones its bank knows. "
        + "Please enter the card again, or use another card."
    case .cardCannot:
      "Your \(card) cannot be used for payments of this kind. Please use another card."
    case .authentication:
      "The bank of your \(card) asks you to confirm this payment. "
        + "Please confirm it to finish the top-up."
    case .soft:
      "The bank of your \(card) could not approve the payment this time. "
        + "Please try again later, or use another card."
    case .opaque, .fraud:
      plain(card)
    case .processorFault:
      "The payment could not be made for a technical reason that has nothing to do with your "
        + "\(card). Please try again later."
    case .rateLimited:
      "Your \(card) has been declined too often today. "
        + "Please try again tomorrow, or use another card."
    }
  }
}
