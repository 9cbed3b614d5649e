import Testing
import TopUpCore

@Suite struct DeclineTests {
  /// The table of decline codes, each row with its class.
  static let table: [(String, DeclineClass)] = [
    ("lost_card", .hard), ("stolen_card", .hard), ("pickup_card", .hard),
    ("restricted_card", .hard), ("revocation_of_authorization", .hard),
    ("revocation_of_all_authorizations", .hard), ("stop_payment_order", .hard),
    ("security_violation", .hard), ("do_not_try_again", .hard), ("invalid_account", .hard),
    ("fraudulent", .fraud), ("merchant_blacklist", .fraud),
    ("expired_card", .cardData), ("incorrect_number", .cardData), ("invalid_number", .cardData),
    ("invalid_expiry_month", .cardData), ("invalid_expiry_year", .cardData),
    ("incorrect_cvc", .cardData), ("invalid_cvc", .cardData), ("incorrect_zip", .cardData),
    ("new_account_information_available", .cardData),
    ("card_not_supported", .cardCannot), ("currency_not_supported", .cardCannot),
    ("transaction_not_allowed", .cardCannot), ("service_not_allowed", .cardCannot),
    ("not_permitted", .cardCannot), ("invalid_amount", .cardCannot),
    ("duplicate_transaction", .cardCannot), ("testmode_decline", .cardCannot),
    ("incorrect_pin", .cardCannot), ("invalid_pin", .cardCannot),
    ("pin_try_exceeded", .cardCannot), ("offline_pin_required", .cardCannot),
    ("online_or_offline_pin_required", .cardCannot),
    ("authentication_required", .authentication),
    ("insufficient_funds", .soft), ("card_velocity_exceeded", .soft),
    ("withdrawal_count_limit_exceeded", .soft), ("processing_error", .soft),
    ("issuer_not_available", .soft), ("try_again_later", .soft), ("reenter_transaction", .soft),
    ("approve_with_id", .soft),
    ("generic_decline", .opaque), ("do_not_honor", .opaque), ("call_issuer", .opaque),
    ("no_action_taken", .opaque),
    ("card_decline_rate_limit_exceeded", .rateLimited),
  ]

  /// Codes of the error, where there is no decline code.
  static let codes: [(String, DeclineClass)] = [
    ("card_declined", .opaque), ("expired_card", .cardData), ("expired_payment_method", .cardData),
    ("incorrect_cvc", .cardData), ("incorrect_number", .cardData),
    ("incorrect_postal_code", .cardData), ("processing_error", .soft),
    ("authentication_required", .authentication), ("authentication_failure", .authentication),
    ("payment_intent_authentication_failure", .authentication),
    ("payment_method_restricted", .hard), ("payment_method_currency_mismatch", .cardCannot),
    ("card_decline_rate_limit_exceeded", .rateLimited), ("rate_limit", .rateLimited),
    ("api_error", .processorFault), ("lock_timeout", .processorFault),
    ("api_key_expired", .processorFault),
  ]

  static let secret: Set = [
    "lost_card", "stolen_card", "pickup_card", "fraudulent", "merchant_blacklist",
  ]

  static func decline(
    _ declineCode: String?, code: String = "card_declined", advice: String? = nil
  ) -> Decline {
    Decline(
      code: code, declineCode: declineCode, adviceCode: advice, networkDeclineCode: nil,
      message: "<the processor's words>", charge: nil)
  }

  @Test(arguments: table)
  func `a decline code has the class of the table`(declineCode: String, expected: DeclineClass) {
    let verdict = Self.decline(declineCode).verdict
    #expect(verdict.declineClass == expected)
    #expect(verdict.isRecognised)
  }

  @Test(arguments: codes)
  func `without a decline code the code decides`(code: String, expected: DeclineClass) {
    let verdict = Self.decline(nil, code: code).verdict
    #expect(verdict.declineClass == expected)
    #expect(verdict.isRecognised)
  }

  @Test(arguments: table)
  func `advice goes before any decline code`(declineCode: String, byCode: DeclineClass) {
    func advised(_ advice: String) -> DeclineClass {
      Self.decline(declineCode, advice: advice).verdict.declineClass
    }
    #expect(advised("do_not_try_again") == (byCode == .fraud ? .fraud : .hard))
    #expect(advised("try_again_later") == .soft)
    #expect(advised("confirm_card_data") == .cardData)
    #expect(advised("an_advice_of_tomorrow") == byCode)
  }

  @Test func `a decline code goes before the code`() {
    let decline = Self.decline("insufficient_funds", code: "expired_card")
    #expect(decline.verdict.declineClass == .soft)
  }

  @Test func `an unknown decline code is soft with one further attempt`() {
    for code in ["card_declined", "a_code_of_tomorrow"] {
      let verdict = Self.decline("a_reason_of_tomorrow", code: code).verdict
      #expect(verdict == DeclineVerdict(declineClass: .soft, isRecognised: false))
      #expect(verdict.retryDelay(afterDeclines: 1) == .seconds(3600))
      #expect(verdict.retryDelay(afterDeclines: 2) == nil)
    }
    #expect(!Self.decline(nil, code: "a_code_of_tomorrow").verdict.isRecognised)
  }

  @Test func `a code that says more decides where the decline code is unknown`() {
    let decline = Self.decline("a_reason_of_tomorrow", code: "authentication_required")
    #expect(decline.verdict.declineClass == .authentication)
    #expect(decline.verdict.isRecognised)
  }

  @Test(arguments: DeclineClass.allCases)
  func `each class has its rules`(declineClass: DeclineClass) {
    let breaks: Set<DeclineClass> = [.hard, .fraud, .cardCannot, .cardData]
    let uncounted: Set<DeclineClass> = [.authentication, .processorFault]
    #expect(declineClass.breaksImmediately == breaks.contains(declineClass))
    #expect(declineClass.countsTowardsBreaker != uncounted.contains(declineClass))
    let verdict = DeclineVerdict(declineClass: declineClass, isRecognised: true)
    let delays = (1...5).map { verdict.retryDelay(afterDeclines: $0) }
    let expected: [Duration?] =
      switch declineClass {
      case .soft, .opaque: [.seconds(3600), .seconds(21_600), .seconds(86_400), nil, nil]
      case .rateLimited: [.seconds(86_400), .seconds(86_400), .seconds(86_400), nil, nil]
      case .hard, .fraud, .cardCannot, .cardData, .authentication, .processorFault:
        [nil, nil, nil, nil, nil]
      }
    #expect(delays == expected)
  }

  @Test(arguments: table.map(\.0))
  func `a reason that is secret reads like a decline without one`(declineCode: String) {
    let generic = Self.decline("generic_decline").personMessage(brand: "visa", last4: "4242")
    for advice in [nil, "do_not_try_again", "try_again_later", "confirm_card_data"] {
      let decline = Self.decline(declineCode, advice: advice)
      #expect(decline.isReasonSecret == Self.secret.contains(declineCode))
      if decline.isReasonSecret {
        #expect(decline.personMessage(brand: "visa", last4: "4242") == generic)
      }
    }
    #expect(
      Self.decline(nil, code: declineCode).isReasonSecret == Self.secret.contains(declineCode))
  }

  @Test(arguments: table + codes)
  func `a message is one or two sentences that name the card and an act`(
    code: String, declineClass: DeclineClass
  ) {
    for decline in [Self.decline(code), Self.decline(nil, code: code)] {
      let message = decline.personMessage(brand: "visa", last4: "4242")
      #expect(
        message.contains("your Visa card ending in 4242")
          || message.hasPrefix("Your Visa card ending in 4242"))
      let sentences = message.split(separator: ". ")
      #expect((1...2).contains(sentences.count) && message.hasSuffix("."))
      #expect(message.contains("Please "))
      #expect(!message.contains("_") && !message.contains("<"))
    }
  }

  @Test(arguments: [
    (
      "insufficient_funds",
      "There is not enough money available on your Visa card ending in 4242. "
        + "Please add funds, or use another card."
    ),
    (
      "expired_card",
      "Your Visa card ending in 4242 has expired, or its expiry date is wrong. "
        + "Please correct the date, or use another card."
    ),
    (
      "lost_card",
      "Your Visa card ending in 4242 was declined. "
        + "Please ask your bank, or use another card."
    ),
    (
      "authentication_required",
      "The bank of your Visa card ending in 4242 asks you to confirm this payment. "
        + "Please confirm it to finish the top-up."
    ),
    (
      "restricted_card",
      "The bank of your Visa card ending in 4242 does not allow this payment, now or later. "
        + "Please use another card."
    ),
  ])
  func `messages say what to do`(declineCode: String, message: String) {
    #expect(Self.decline(declineCode).personMessage(brand: "visa", last4: "4242") == message)
  }

  @Test func `what is not known of the card is left out`() {
    func name(_ brand: String?, _ last4: String?) -> Substring {
      let message = Self.decline("generic_decline").personMessage(brand: brand, last4: last4)
      return message.dropFirst("Your ".count).prefix { $0 != "." }
    }
    #expect(name("amex", "0005") == "American Express card ending in 0005 was declined")
    #expect(name(nil, "4242") == "card ending in 4242 was declined")
    #expect(name("<script>", nil) == "card was declined")
    for last4 in ["", "424", "42424", "42a2", "４２４２", "-424"] {
      #expect(name("visa", last4) == "Visa card was declined")
    }
  }
}
