internal import TopUpAPI

/// Accounts and payers in words.
enum AccountText {
  /// The whole account, for where there is room.
  static func full(_ account: Account?) -> String {
    switch account?.kind {
    case .ddc(let ddc): "\(ddc.owner) in cluster \(ddc.clusterID)"
    case .credits(let credits): "\(credits.user) of \(credits.tenant)"
    case nil: ""
    }
  }

  /// The account in a table's column: enough to tell it from its neighbours.
  static func short(_ account: Account?) -> String {
    switch account?.kind {
    case .ddc(let ddc): "\(shortened(ddc.owner)) @ \(shortened(ddc.clusterID))"
    case .credits(let credits): "\(credits.user) of \(credits.tenant)"
    case nil: ""
    }
  }

  static func text(_ payer: Payer?) -> String { payer.map { "\($0.user) of \($0.tenant)" } ?? "" }

  /// What an account counts in.
  static func unit(of account: Account?) -> TokenText.Unit {
    if case .credits = account?.kind { .credits } else { .cere }
  }

  /// The two ends of a long identifier.
  static func shortened(_ text: String) -> String {
    text.count > 20 ? "\(text.prefix(8))…\(text.suffix(4))" : text
  }

  /// A ledger account's name with its long parts shortened.
  static func shortenedName(_ name: String) -> String {
    name.split(separator: ":", omittingEmptySubsequences: false)
      .map { shortened(String($0)) }.joined(separator: ":")
  }
}
