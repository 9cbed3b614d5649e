/// An account of the ledger, in one asset.
package enum LedgerAccount: Sendable, Hashable {
  /// What the card processor holds for us.
  case processor(Currency)
  /// What a customer paid and has not yet got anything for: owed by us.
  case held(AccountKey, Currency)
  case feeIncome(Currency)
  case taxOwed(Currency)
  /// The fiat side of conversions (invariant 22).
  case conversionFiat(Currency)
  /// The token side of conversions.
  case conversionTokens
  /// Tokens that reached a DDC account.
  case delivered(DDCAccount)
  /// The credits side of conversions.
  case conversionCredits(tenant: ExactText)
  /// A user's credits: owed by us.
  case credits(CreditsAccount)
  /// What a tenant's users have used of theirs.
  case creditsUsed(tenant: ExactText)
  /// What an account owes us: delivered, and taken back afterwards (invariant 27).
  case debt(AccountKey, Currency)
  /// Paid by us by an operator's decision.
  case absorbed(Currency)
  case losses(Currency)
  /// What the card processor keeps for its work: our expense (invariant 24 knows nothing of it).
  case processorFees(Currency)
  /// What the processor has paid out to us.
  case bank(Currency)
}

extension LedgerAccount {
  /// Its asset: a currency's code, `CERE`, or `credits:<tenant>`.
  package var asset: String {
    switch self {
    case .processor(let currency), .held(_, let currency), .feeIncome(let currency),
      .taxOwed(let currency), .conversionFiat(let currency), .debt(_, let currency),
      .absorbed(let currency), .losses(let currency), .processorFees(let currency),
      .bank(let currency):
      currency.code
    case .conversionTokens, .delivered: "CERE"
    case .conversionCredits(let tenant), .creditsUsed(let tenant): "credits:\(tenant)"
    case .credits(let account): "credits:\(account.tenant)"
    }
  }

  /// Its name in the ledger; unique, and the same in every store.
  package var name: String {
    switch self {
    case .processor(let currency): "processor:\(currency.code)"
    case .held(let account, let currency): "held:\(account.name):\(currency.code)"
    case .feeIncome(let currency): "income:fee:\(currency.code)"
    case .taxOwed(let currency): "owed:tax:\(currency.code)"
    case .conversionFiat(let currency): "conversion:\(currency.code)"
    case .conversionTokens: "conversion:CERE"
    case .delivered(let account): "delivered:\(AccountKey.ddc(account).name)"
    case .conversionCredits(let tenant): "conversion:credits:\(tenant)"
    case .credits(let account): "credits:\(AccountKey.credits(account).name)"
    case .creditsUsed(let tenant): "used:credits:\(tenant)"
    case .debt(let account, let currency): "debt:\(account.name):\(currency.code)"
    case .absorbed(let currency): "absorbed:\(currency.code)"
    case .losses(let currency): "losses:\(currency.code)"
    case .processorFees(let currency): "expense:processor:\(currency.code)"
    case .bank(let currency): "bank:\(currency.code)"
    }
  }
}

extension AccountKey {
  /// Its name in ledger accounts and tables: hex for chain accounts, escaped text for credits.
  package var name: String {
    switch self {
    case .ddc(let account):
      Hex.text("ddc", account.cluster.words.span.bytes, account.owner.words.span.bytes)
    case .credits(let account):
      "credits:\(Self.escape(account.tenant)):\(Self.escape(account.user))"
    }
  }

  /// Keeps the colons between the parts the only ones.
  private static func escape(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "%": escaped += "%25"
      case ":": escaped += "%3A"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
