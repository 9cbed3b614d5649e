import Glibc
import TopUpCore

/// What one decision costs, by the longest way through it, the top-up that is begun, and by the one
/// that is taken most often: a balance that is not low.
enum Decisions {
  static func measure(_ count: Int) {
    let low = input(active: 10)
    guard case .topUp = decide(low) else { preconditionFailure("\(decide(low))") }
    let high = input(active: 200)
    guard case .skip = decide(high) else { preconditionFailure("\(decide(high))") }
    TopUpBench.tell("decide_ns", nanoseconds(low, count))
    TopUpBench.tell("decide_skip_ns", nanoseconds(high, count))
  }

  private static func nanoseconds(_ input: DecisionInput, _ count: Int) -> Double {
    var input = input
    let begun = input.now
    var explained = 0
    let watch = Stopwatch(CLOCK_THREAD_CPUTIME_ID)
    for number in 0..<count {
      // Another moment each time, within the age of the reading.
      input.now = begun.advanced(by: .milliseconds(number & 1_023))
      switch decide(input) {
      case .topUp(let plan): explained += plan.explanation.utf8.count
      case .skip(let skip): explained += skip.explanation.utf8.count
      case .needsQuote: preconditionFailure("a quote is there")
      }
    }
    let seconds = watch.seconds
    precondition(explained > count, "a decision without an explanation")
    return seconds * 1e9 / Double(count)
  }

  /// Low or not, with everything else in order: two cards, and the windows of a rule with caps.
  private static func input(active: Int128) -> DecisionInput {
    let now = MadeUp.now
    let cards = [1, 2].map {
      CardChoice(card: MadeUp.card($0), isBreakerOpen: false, restsUntil: nil)
    }
    let windows = ["day", "month"].map { span in
      CapWindow(
        key: "account:\(MadeUp.key(1).name):\(span):UTC:2026-11:USD",
        cap: Policy.Cap(count: 50, minorUnits: 100_000), usedCount: 1, usedMinorUnits: 2_500,
        ends: now.advanced(by: .seconds(86_400)))
    }
    var input = DecisionInput(
      account: MadeUp.key(1), policy: MadeUp.policy(1, at: now), state: AccountState(),
      claim: LowBalanceClaim(
        severity: .low, unbilled: 3, burnPerEra: 7, events: 2, severitySeen: now),
      reading: MadeUp.reading(active * Planck.cere.units, at: now), inFlight: [], cards: cards,
      consent: MadeUp.consent(at: now), windows: windows,
      quote: .offered(MadeUp.quote(1, at: now)), isKillSwitchOn: false, clocks: .agree,
      eraSeconds: 480, now: now)
    input.ramp.headroom = .told(
      Headroom(said: Planck(1_000_000 * Planck.cere.units), claimed: .zero, through: 0))
    return input
  }
}
