/// Why an amount does not fit into a window, with the figures: a refusal names the cap, its limit,
/// what is used of it and when the window ends.
package struct CapObjection: Sendable, Hashable, CustomStringConvertible {
  package var window: CapWindow
  package var amount: Money

  package init(_ window: CapWindow, _ amount: Money) {
    self.window = window
    self.amount = amount
  }

  package var description: String {
    var used: [String] = []
    if let most = window.cap.minorUnits {
      let (spent, limit) = (money(window.usedMinorUnits), money(most))
      used.append("\(spent) of \(limit)")
    }
    if let most = window.cap.count { used.append("\(window.usedCount) of \(most) top-ups") }
    return "\(amount) does not fit into \(window.name): used are "
      + used.joined(separator: " and ") + "; it ends at \(window.ends)"
  }

  private func money(_ minorUnits: Int64) -> Money {
    Money(minorUnits: minorUnits, amount.currency)
  }
}
