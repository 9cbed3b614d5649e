extension Decline {
  /// What the processor's codes say, read in the order advice, decline code, code.
  ///
  /// The advice is the network's own word on trying again, the code the least exact of the three. A
  /// decline code that is not known counts as soft, with the smallest budget, unless the code says
  /// more than that the card was declined.
  package var verdict: DeclineVerdict {
    let byDeclineCode = declineCode.flatMap { DeclineCodes.declineCodes[$0] }
    let byCode = DeclineCodes.codes[code]
    switch adviceCode {
    case "do_not_try_again":
      // Fraud is as final, and somebody should look: the sharper of two that agree.
      return .recognised(byDeclineCode == .fraud ? .fraud : .hard)
    case "try_again_later": return .recognised(.soft)
    case "confirm_card_data": return .recognised(.cardData)
    default: break
    }
    if let byDeclineCode { return .recognised(byDeclineCode) }
    if let byCode, declineCode == nil || byCode != .opaque { return .recognised(byCode) }
    return DeclineVerdict(declineClass: .soft, isRecognised: false)
  }

  /// Whether the processor's reason must not be shown.
  ///
  /// Who holds a lost or stolen card must not learn that this is known (Stripe documentation,
  /// "Decline codes"): these read like a decline without a reason.
  package var isReasonSecret: Bool {
    DeclineCodes.secret.contains(code) || declineCode.map(DeclineCodes.secret.contains) ?? false
  }
}

extension DeclineVerdict {
  fileprivate static func recognised(_ declineClass: DeclineClass) -> DeclineVerdict {
    DeclineVerdict(declineClass: declineClass, isRecognised: true)
  }
}
