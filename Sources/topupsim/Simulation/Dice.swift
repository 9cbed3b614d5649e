import SimulatedWorld

/// Chance from a seed, shared by reference: who holds the same dice draws from the same stream.
///
/// `@unchecked Sendable`: a simulation is one thread's.
final class Dice: @unchecked Sendable {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A stream of its own, so that what one part draws moves nothing of another.
  func split() -> Dice { Dice(seed: generator.next()) }

  func chance(partsPerMillion parts: Int) -> Bool {
    parts > 0 && Int.random(in: 0..<1_000_000, using: &generator) < parts
  }

  func chance(percent: Int) -> Bool { chance(partsPerMillion: percent * 10_000) }

  func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

  func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(number(0...255)) } }

  func span(milliseconds range: ClosedRange<Int>) -> Duration { .milliseconds(number(range)) }

  /// Mostly short, now and then much longer: each doubling is half as likely as the one before, but for
  /// one in five, where all are equally likely.
  func longTailed(milliseconds least: Int, doublings: Int) -> Duration {
    var (span, left) = (least, doublings)
    while left > 0, chance(percent: 50) { (span, left) = (span * 2, left - 1) }
    // Else the longest would be met once in thousands of runs.
    if chance(percent: 20) { span = least << number(0...doublings) }
    return .milliseconds(number(span / 2...span))
  }

  func pick<Item>(_ items: [Item]) -> Item { items[number(0...items.count - 1)] }
}
