/// Ids that follow from what they stand for (invariant 50).
///
/// After a crash, on another replica or from a restored backup the same top-up has the same id, and
/// so its outside keys are the same: a repeat is recognised outside too. No time enters (14).
package enum DerivedID {
  /// 160 bits: two ids meet by chance once in 2^80, and 32 letters hold them without padding.
  private static let digestBytes = 20

  static func text(_ digest: PartsDigest) -> String {
    CrockfordBase32.text(digest.finish())
  }

  static func digest(_ tag: StaticString) -> PartsDigest {
    PartsDigest(tag: tag, digestBytes: digestBytes)
  }
}

extension TopUpID {
  /// The id of a top-up that the service starts by itself.
  ///
  /// - Parameters:
  ///   - episode: which of the account's episodes, counted from 1.
  ///   - ordinal: which of the episode's top-ups, counted from 1.
  package static func automatic(
    account: AccountKey, episode: Int64, ordinal: Int
  ) -> TopUpID {
    var digest = DerivedID.digest("topup.v1 automatic")
    digest.append(account.canonicalBytes)
    digest.append(episode)
    digest.append(Int64(ordinal))
    return TopUpID("tu_" + DerivedID.text(digest))
  }

  /// The id of a top-up that a caller asks for; keys are scoped per caller (invariant 43).
  package static func requested(caller: String, account: AccountKey, key: String) -> TopUpID {
    var digest = DerivedID.digest("topup.v1 requested")
    digest.append(Array(caller.utf8))
    digest.append(account.canonicalBytes)
    digest.append(Array(key.utf8))
    return TopUpID("tu_" + DerivedID.text(digest))
  }
}

extension IdempotencyKey {
  package static func chargeCreate(_ topUp: TopUpID, attempt: Int) -> Self {
    Self("\(topUp):\(attempt):create")
  }

  package static func chargeConfirm(_ topUp: TopUpID, attempt: Int) -> Self {
    Self("\(topUp):\(attempt):confirm")
  }

  /// The processor repeats its first answer under a key for a day, also that the intent could not
  /// be cancelled just then: a cancel that follows a look is another request. Two do no harm.
  ///
  /// - Parameter version: of the top-up that says the intent is to be cancelled.
  package static func chargeCancel(_ topUp: TopUpID, attempt: Int, version: Int64) -> Self {
    Self("\(topUp):\(attempt):cancel:\(version)")
  }

  /// Stands for one change of the name that a customer bears.
  package static func customerName(_ customer: CustomerID, from: String, to: String) -> Self {
    var digest = PartsDigest(tag: "topup.v1 customer name", digestBytes: 16)
    for part in [customer.rawValue, from, to] { digest.append(Array(part.utf8)) }
    return Self("customer-name:\(Hex.text(digest.finish()))")
  }

  /// - Parameter number: which refund of the top-up; each has its own row and key (invariant 15).
  package static func refund(_ topUp: TopUpID, number: Int) -> Self {
    Self("refund:\(topUp):\(number)")
  }

  /// Whether it is that of a refund of a top-up, whichever.
  package func isOfRefund(of topUp: TopUpID) -> Bool { rawValue.hasPrefix("refund:\(topUp):") }
}

extension ClientOrderID {
  /// - Parameter number: which order of the top-up (invariant 28).
  package init(_ topUp: TopUpID, number: Int) {
    self.init("\(topUp):\(number)")
  }
}

extension AccountKey {
  /// Bytes that no other account has; they never change, since ids derive from them.
  ///
  /// A tenant's and a user's name count by their UTF-8 bytes, as received.
  package var canonicalBytes: [UInt8] {
    switch self {
    case .ddc(let account):
      [1] + account.cluster.bytes + account.owner.bytes
    case .credits(let account):
      // The tenant's length is enough: the user is all that follows.
      [2] + UInt64(account.tenant.utf8.count).bigEndianBytes + account.tenant.utf8
        + account.user.utf8
    }
  }
}
