internal import TopUpAPI

/// Caps with what is used of them: a line for each window.
enum CapsView {
  static func table(_ caps: [Caps], time: TimeText = .local) -> Table {
    var table = Table(
      "OF", "WINDOW", "ZONE", .trailing("USED"), .trailing("OF AT MOST"), .trailing("TOP-UPS"),
      .trailing("OF AT MOST"), "ENDS", .trailing("VERSION"), "SET BY", "WHY")
    for caps in caps {
      for (cap, use) in [(caps.day, caps.dayUse), (caps.month, caps.monthUse)] {
        table.add(
          Cell(caps.tenant.isEmpty ? "the service" : caps.tenant), Cell(use?.window ?? ""),
          Cell(caps.timeZone), Cell(MoneyText.text(use?.amount), style(cap, use)),
          Cell(cap?.amount.map { MoneyText.text($0) } ?? "–"), Cell("\(use?.count ?? 0)"),
          Cell(cap.map { $0.count > 0 ? "\($0.count)" : "–" } ?? "–"),
          Cell(time.moment(use?.endsAt)), Cell("\(caps.version)"), Cell(caps.actor?.name ?? ""),
          Cell(caps.actor?.reason ?? ""))
      }
    }
    return table
  }

  /// Whether nothing more fits.
  private static func style(_ cap: Cap?, _ use: CapUse?) -> Style {
    guard let cap, let use else { return .plain }
    let isFull =
      cap.count > 0 && use.count >= Int64(cap.count)
      || cap.amount.map { $0.minorUnits <= use.amount?.minorUnits ?? 0 } == true
    return isFull ? .bad : .plain
  }
}
