import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct HTTPDateTests {
  @Test(arguments: [
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    (1_795_221_906, "Sat, 21 Nov 2026 00:45:06 GMT"),
  ])
  func `dates are written as RFC 9110 has them`(seconds: Int64, text: String) {
    #expect(HTTPDate.text(UnixTime(seconds: seconds)) == text)
  }
}
