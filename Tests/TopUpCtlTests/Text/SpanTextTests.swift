import ProtobufRuntime
import Testing

@testable import topupctl

@Suite struct SpanTextTests {
  @Test(arguments: [
    ("10", Duration.seconds(10)), ("0.5", .milliseconds(500)), ("500ms", .milliseconds(500)),
    ("5 min", .seconds(300)), ("2m", .seconds(120)), ("1.5h", .seconds(5_400)),
    ("2d", .seconds(172_800)), ("0", .zero),
  ])
  func `a span is read with its unit`(text: String, span: Duration) {
    #expect(SpanText.duration(text) == span)
  }

  @Test(arguments: ["", "s", "-1", "1w", "1.0005s", "ten", "1e3", "9999999999999999999999d"])
  func `what is no span is refused`(text: String) {
    #expect(SpanText.duration(text) == nil)
  }

  @Test(arguments: [
    (Duration.milliseconds(7), "7 ms"), (.milliseconds(1_540), "1.5 s"), (.seconds(9), "9 s"),
    (.seconds(42), "42 s"), (.seconds(300), "5 min"), (.seconds(39_840), "11 h 4 min"),
    (.seconds(86_400 * 3 + 7_200), "3 d 2 h"), (.seconds(-5), "-5 s"), (.zero, "0 ms"),
  ])
  func `a span is shown in the two units that matter`(span: Duration, text: String) {
    #expect(SpanText.text(span) == text)
  }

  @Test(
    arguments: [
      (3_600, 0, "1 h"), (3_630, 0, "1 h 30 s"), (3_659, 0, "1 h 59 s"),
      (86_400 + 59 * 60, 0, "1 d 59 min"), (10, 900_000_000, "10 s 900 ms"), (0, 0, "0 s"),
      (1, 5, "1 s 5 ns"),
    ] as [(Int64, Int32, String)])
  func `what a person set is told with nothing left out`(
    seconds: Int64, nanos: Int32, text: String
  ) {
    #expect(SpanText.exact(ProtobufDuration(seconds: seconds, nanos: nanos)) == text)
  }
}
