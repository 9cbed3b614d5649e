internal import TopUpCore

/// Row numbers of accounts that the writer has written to lately: what is coalesced on an account comes
/// again and again, and its name is a long one to look up.
///
/// Rows are never removed, so a number holds for good, whoever else writes; but for a row that was made
/// in what is rolled back.
final class AccountNumbers {
  private var numbers: [AccountKey: Int64] = [:]

  /// About 4 MB; accounts that are written to are back at once after it is emptied.
  private static let numbersMax = 16_384

  subscript(key: AccountKey) -> Int64? {
    get { numbers[key] }
    set {
      if numbers.count >= Self.numbersMax { numbers.removeAll(keepingCapacity: true) }
      numbers[key] = newValue
    }
  }

  func forget() { numbers.removeAll(keepingCapacity: true) }
}
