internal import TopUpAPI

/// A line of a rule's calendar as people write it: day of the month, time of day, and money.
enum ScheduleText {
  enum Fault: Error, Equatable, CustomStringConvertible {
    case shape(String)
    case money(MoneyText.Fault)

    var description: String {
      switch self {
      case .shape(let text):
        "\"\(SafeText.shown(text))\" is no day, time and amount such as \"31 09:30 25 EUR\""
      case .money(let fault): "\(fault)"
      }
    }
  }

  /// - Parameters:
  ///   - text: such as `31 09:30 25 EUR`.
  ///   - currency: what an amount without one is in; nil where it must be there.
  static func schedule(_ text: String, in currency: String?) throws(Fault) -> Schedule {
    let parts = text.split(separator: " ", maxSplits: 2)
    guard parts.count == 3, let day = Int32(parts[0]), 1...31 ~= day,
      let minute = minute(parts[1])
    else { throw .shape(text) }
    do throws(MoneyText.Fault) {
      return Schedule(
        dayOfMonth: day, minuteOfDay: minute,
        amount: try MoneyText.money(String(parts[2]), in: currency))
    } catch { throw .money(error) }
  }

  private static func minute(_ text: Substring) -> Int32? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isNumber) }),
      let hour = Int32(parts[0]), let minute = Int32(parts[1]), 0..<24 ~= hour, 0..<60 ~= minute
    else { return nil }
    return hour * 60 + minute
  }

  static func text(_ schedule: Schedule) -> String {
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hour, minute) = (schedule.minuteOfDay / 60, schedule.minuteOfDay % 60)
    return "day \(schedule.dayOfMonth) at \(two(hour)):\(two(minute)): "
      + MoneyText.text(schedule.amount)
  }
}
