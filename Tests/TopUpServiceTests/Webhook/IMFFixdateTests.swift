import Testing
import TopUpCore
import TopUpService

@Suite struct IMFFixdateTests {
  @Test(arguments: [
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),  // RFC 9110 §5.6.7
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (1_795_221_906, "Sat, 21 Nov 2026 00:45:06 GMT"),
    (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
  ])
  func `a moment is written as HTTP wants it`(seconds: Int64, text: String) {
    #expect(IMFFixdate.text(UnixTime(seconds: seconds)) == text)
  }

  @Test func `what the form cannot hold is shown as its nearest end`() {
    #expect(IMFFixdate.text(UnixTime(seconds: -1)) == IMFFixdate.text(UnixTime(seconds: 0)))
    #expect(
      IMFFixdate.text(UnixTime(milliseconds: .max)) == "Fri, 31 Dec 9999 23:59:59 GMT")
  }
}
