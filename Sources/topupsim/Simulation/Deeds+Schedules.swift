import ProtobufRuntime
import SimulatedWorld
import TopUpAPI
import TopUpCore

// Rules that act on the calendar, and by how long a balance lasts.

extension Deeds {
  /// Most lines fall within the run: hours from now, or just before.
  func drawTriggers(_ policy: inout TopUpAPI.Policy, of owner: Owner) {
    if dice.chance(percent: 50) {
      policy.minRunway = ProtobufDuration(seconds: Int64(dice.pick([600, 7_200])), nanos: 0)
    }
    if dice.chance(percent: 50) {
      policy.arriveBeforeEmpty = ProtobufDuration(
        seconds: Int64(dice.pick([0, 60, 3_600])), nanos: 0)
    }
    guard let zone = SimulatedZones.known(policy.timeZone) else { return }
    for _ in 0..<dice.number(0...3) {
      let ahead = Duration.seconds(dice.pick([-300, 61, 300, 3_600, 30_000, 90_000]))
      let moment = now.advanced(by: ahead + .seconds(dice.number(0...600)))
      let local = moment.seconds + zone.offsetSeconds(at: moment)
      let line = TopUpAPI.Schedule(
        // The last day, whatever its number is.
        dayOfMonth: dice.chance(percent: 20) ? 31 : Int32(zone.date(at: moment).day),
        minuteOfDay: Int32(local / 60 % 1_440),
        amount: owner.money(Int64(dice.pick([500, 900]))))
      let isTaken = policy.schedules.contains {
        $0.dayOfMonth == line.dayOfMonth && $0.minuteOfDay == line.minuteOfDay
      }
      if !isTaken { policy.schedules.append(line) }
    }
  }
}
