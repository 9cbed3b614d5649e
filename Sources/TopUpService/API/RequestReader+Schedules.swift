internal import TopUpAPI
internal import TopUpCore

// How a rule's calendar becomes one of the core.

extension RequestReader {
  /// - Parameters:
  ///   - currency: the rule's own.
  ///   - bounds: of one top-up, in its minor units.
  mutating func schedules(
    _ schedules: [TopUpAPI.Schedule], _ currency: Currency, _ bounds: ClosedRange<Int64>
  ) -> [ScheduledCharge] {
    if schedules.count > ScheduledCharge.most {
      reject(
        FieldViolation("policy.schedules", "must be no more than \(ScheduledCharge.most)"))
    }
    var lines: [ScheduledCharge] = []
    for (index, schedule) in schedules.prefix(ScheduledCharge.most).enumerated() {
      let field = "policy.schedules[\(index)]"
      guard let line = line(schedule, currency, bounds, field) else { continue }
      if lines.contains(where: { $0.sharesTime(with: line) }) {
        reject(FieldViolation(field, "is on the same day and minute as another"))
      }
      lines.append(line)
    }
    return lines
  }

  /// What a calendar charges for credits buys them at the seller's rate: without one it would lapse
  /// month after month, and keep the rule from what it buys otherwise.
  mutating func priced(
    _ lines: [ScheduledCharge], _ currency: Currency, _ account: AccountKey,
    _ payer: TopUpCore.Payer
  ) {
    let seller = account.seller(to: payer)
    guard case .credits = account, rate(currency, of: seller) == nil else { return }
    for index in lines.indices {
      reject(
        FieldViolation(
          "policy.schedules[\(index)]",
          "has no price: \(PriceGap.rate(tenant: seller, currency))"))
    }
  }

  private mutating func line(
    _ schedule: TopUpAPI.Schedule, _ currency: Currency, _ bounds: ClosedRange<Int64>,
    _ field: String
  ) -> ScheduledCharge? {
    let isDay = 1...31 ~= schedule.dayOfMonth
    if !isDay { reject(FieldViolation("\(field).day_of_month", "must be 1 to 31")) }
    let isMinute = 0..<1440 ~= schedule.minuteOfDay
    if !isMinute { reject(FieldViolation("\(field).minute_of_day", "must be 0 to 1439")) }
    guard let amount = charge(schedule.amount, "\(field).amount") else { return nil }
    guard amount.currency == currency else {
      reject(FieldViolation("\(field).amount.currency", "must be \(currency.code), as the rule's"))
      return nil
    }
    guard bounds ~= amount.minorUnits else {
      reject(
        FieldViolation(
          "\(field).amount.minor_units", "must be within the least and most of one top-up"))
      return nil
    }
    guard isDay, isMinute else { return nil }
    return ScheduledCharge(
      dayOfMonth: Int(schedule.dayOfMonth), minuteOfDay: Int(schedule.minuteOfDay),
      amount: amount)
  }
}
