/// A token that was issued for a person's turn, as it is kept: without the token (invariant 21).
package struct AuthenticationLink: Sendable, Hashable {
  package var topUp: TopUpID
  /// Whose intent it is for: a later attempt has another.
  package var attempt: Int
  package var digest: [UInt8]
  /// Where the person is sent afterwards; empty for nowhere.
  package var returnURL: String
  /// Who asked for it.
  package var caller: String
  package var issued: UnixTime
  package var expires: UnixTime
  package var redeemed: UnixTime?
  /// Whether a later one was issued for the top-up.
  package var isReplaced: Bool

  package init(
    topUp: TopUpID, attempt: Int, digest: [UInt8], returnURL: String, caller: String,
    issued: UnixTime, expires: UnixTime, redeemed: UnixTime? = nil, isReplaced: Bool = false
  ) {
    self.topUp = topUp
    self.attempt = attempt
    self.digest = digest
    self.returnURL = returnURL
    self.caller = caller
    self.issued = issued
    self.expires = expires
    self.redeemed = redeemed
    self.isReplaced = isReplaced
  }

  /// Why a token is good for nothing any more.
  package enum Spent: String, Sendable, Hashable, CaseIterable {
    case used
    case replaced
    case expired
    /// The payment that it was for was finished, or given up.
    case over
  }

  /// - Parameter turn: the top-up's, as it stands now.
  /// - Returns: nil for a token that is good.
  package func spent(_ turn: PersonsTurn?, at now: UnixTime) -> Spent? {
    if redeemed != nil { return .used }
    guard let turn, turn.attempt == attempt else { return .over }
    if isReplaced { return .replaced }
    return now < expires ? nil : .expired
  }
}

extension AuthenticationLink.Spent {
  /// For people.
  package var explanation: String {
    switch self {
    case .used: "it was used before; it is good for one use"
    case .replaced: "a later one was made for the same payment"
    case .expired: "its time is over, and the payment is being cancelled"
    case .over: "the payment that it was for does not wait for anybody any more"
    }
  }
}
