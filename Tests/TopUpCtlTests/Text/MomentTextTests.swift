import ProtobufRuntime
import Testing

@testable import topupctl

/// Moments as a person types them.
@Suite struct MomentTextTests {
  /// Two hours ahead in summer, one in winter: the clock goes back at 1_793_494_800.
  private func berlin(_ seconds: Int64) -> Int64 { seconds < 1_793_494_800 ? 7_200 : 3_600 }

  private func seconds(_ text: String) -> Int64? {
    MomentText.timestamp(text, secondsFromUTC: berlin)?.seconds
  }

  @Test func `a moment is read in local time, or in UTC where it says so`() {
    #expect(seconds("2026-11-21T03:36:11Z") == 1_795_232_171)
    #expect(seconds("2026-11-21 04:36:11") == 1_795_232_171)
    #expect(seconds("2026-11-21T04:36:11") == 1_795_232_171)
    #expect(seconds("2026-10-01 02:00:00") == 1_790_812_800)
  }

  @Test func `a second is meant to its end, a part of it as it is written`() {
    #expect(MomentText.timestamp("2026-11-21T03:36:11Z")?.nanos == 999_999_999)
    #expect(MomentText.timestamp("2026-11-21T03:36:11.5Z")?.nanos == 500_000_000)
    #expect(MomentText.timestamp("2026-11-21T03:36:11.000000001Z")?.nanos == 1)
  }

  @Test(arguments: [
    "", "now", "2026-11-21", "2026-11-21 03:36", "2026-02-30 03:36:11", "2026-11-21 24:00:00",
    "2026-11-21 03:36:60", "26-11-21 03:36:11", "2026-11-21 03:36:11.", "2026-11-21 +3:36:11",
    "2026-11-21T03:36:11.1234567890Z",
  ])
  func `what is no moment is not read`(_ text: String) {
    #expect(MomentText.timestamp(text) == nil)
  }
}
