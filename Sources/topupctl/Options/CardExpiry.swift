internal import ArgumentParser

/// Until when a card is good.
struct CardExpiry {
  /// 1 to 12.
  let month: Int32
  /// Four digits.
  let year: Int32

  /// - Parameter text: such as `07/2031` or `7/31`.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let month = Int32(parts[0]), (1...12).contains(month),
      parts[1].count == 2 || parts[1].count == 4, let year = Int32(parts[1]), year >= 0
    else { return nil }
    self.month = month
    self.year = year < 100 ? 2_000 + year : year
  }
}

extension Reading {
  static func expiry(_ text: String) throws -> CardExpiry {
    guard let expiry = CardExpiry(text) else {
      throw ValidationError("\(text) is no month and year, such as 07/2031")
    }
    return expiry
  }
}
