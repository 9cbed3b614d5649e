import ProtobufRuntime
import Testing

@testable import topupctl

@Suite struct TimeTextTests {
  private let leapDay = ProtobufTimestamp(seconds: 1_709_164_799, nanos: 500_000_000)

  @Test func `a moment is shown in local time`() {
    #expect(TimeText { _ in 0 }.moment(leapDay) == "2024-02-28 23:59:59")
    #expect(TimeText { _ in 3_600 }.moment(leapDay) == "2024-02-29 00:59:59")
    #expect(TimeText { _ in -5 * 3_600 }.clock(leapDay) == "18:59:59")
  }

  @Test func `no moment is shown as nothing`() {
    #expect(TimeText.local.moment(nil) == "")
    #expect(TimeText.local.clock(nil) == "")
  }

  @Test func `a moment beyond the calendar is said to be one`() {
    let far = ProtobufTimestamp(seconds: .max)
    #expect(TimeText { _ in 3_600 }.moment(far) == "a moment beyond the calendar")
  }
}
