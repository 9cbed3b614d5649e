internal import TopUpCore

extension Connection {
  /// The rule that is, or was last, tried beside an account's own, with its counts.
  func shadow(of key: AccountKey) throws(SQLiteError) -> StoredShadow? {
    guard let account = try knownAccountNumber(key.name) else { return nil }
    return try first(
      """
      SELECT rule, version, at, actor, reason, looks, would_charge, would_skip, other_amount,
        other_reason
      FROM shadow_policy WHERE account = ?
      """, account
    ) { row throws(SQLiteError) in
      let rule = try row.optional { row throws(SQLiteError) in try row.blob() }
      let shadow = ShadowPolicy(
        account: key, policy: try rule.map { bytes throws(SQLiteError) in try policy(bytes, key) },
        version: try row.int(), set: try row.time(), actor: try row.text(),
        reason: try row.text())
      let looks = try row.int()
      var differences: [ShadowDifference.Kind: Int64] = [:]
      for kind in [
        ShadowDifference.Kind.wouldCharge, .wouldSkip, .otherAmount, .otherReason,
      ] {
        let count = try row.int()
        if count > 0 { differences[kind] = count }
      }
      return StoredShadow(shadow: shadow, looks: looks, differences: differences)
    }
  }

  /// What it would have done otherwise, the newest first.
  func shadowDifferences(
    of key: AccountKey, _ before: Int64?, _ limit: Int
  ) throws(SQLiteError) -> [StoredShadowDifference] {
    guard let account = try knownAccountNumber(key.name) else { return [] }
    return try all(
      """
      SELECT position, at, kind, live, live_explanation, shadow, shadow_explanation
      FROM shadow_difference WHERE account = ? AND position < ? ORDER BY position DESC LIMIT ?
      """, account, before ?? .max, limit
    ) { row throws(SQLiteError) in
      let position = try row.int()
      return StoredShadowDifference(
        position: position,
        ShadowDifference(
          at: try row.time(), kind: try row.choice(),
          live: .init(word: try row.text(), explanation: try row.text()),
          shadow: .init(word: try row.text(), explanation: try row.text())))
    }
  }

  private func policy(_ bytes: [UInt8], _ key: AccountKey) throws(SQLiteError) -> Policy {
    do throws(DecisionCodecError) { return try PolicyCodec.decode(bytes, of: key) } catch {
      throw .impossible("the rule tried for \(key.name): \(error)")
    }
  }
}
