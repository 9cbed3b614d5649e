import RPCCore
import Testing

/// W3C Trace Context, the traceparent header.
@Suite struct TraceContextTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let parent = "00f067aa0ba902b7"

  @Test func `a well-formed value is read and written again`() throws {
    let text = "00-\(Self.trace)-\(Self.parent)-01"
    let context = try #require(TraceContext(traceparent: text))
    #expect(context.traceID == Self.trace)
    #expect(context.parentID == Self.parent)
    #expect(context.isSampled)
    #expect(context.traceparent == text)
    #expect(TraceContext(traceparent: "00-\(Self.trace)-\(Self.parent)-02")?.isSampled == false)
  }

  @Test func `a later version may be longer, this one may not`() {
    let body = "-\(Self.trace)-\(Self.parent)-01"
    #expect(TraceContext(traceparent: "cc\(body)-what-comes")?.traceparent == "00\(body)")
    #expect(TraceContext(traceparent: "cc\(body)x") == nil)
    #expect(TraceContext(traceparent: "00\(body)-what-comes") == nil)
    #expect(TraceContext(traceparent: "ff\(body)") == nil)
  }

  @Test(arguments: [
    "", "00", "00-\(trace)-\(parent)", "00-\(trace.uppercased())-\(parent)-01",
    "00-\(String(repeating: "0", count: 32))-\(parent)-01",
    "00-\(trace)-\(String(repeating: "0", count: 16))-01", "00_\(trace)-\(parent)-01",
    "0-0\(trace)-\(parent)-01", "00-\(trace)-\(parent)-0g", " 00-\(trace)-\(parent)-01",
  ])
  func `what is malformed is dropped`(text: String) {
    #expect(TraceContext(traceparent: text) == nil)
  }
}
