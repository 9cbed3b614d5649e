import Glibc
import StrictJSON
import Testing

@testable import TopUpService

/// A reader that stops, and comes back.
@Suite struct LogOutputTests {
  private func line(_ number: Int64) -> JSONObject {
    var object = JSONObject()
    object["n"] = .integer(number)
    return object
  }

  /// Both ends of a pipe that takes one page.
  private func pipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(Glibc.pipe(&ends) == 0)
    // `F_SETPIPE_SZ`.
    try #require(fcntl(ends[1], 1_031, 4_096) == 4_096)
    return (ends[0], ends[1])
  }

  private func read(_ descriptor: Int32, _ most: Int = 65_536) -> [String] {
    var bytes = [UInt8](repeating: 0, count: most)
    let count = Glibc.read(descriptor, &bytes, most)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }

  @Test func `lines that nobody takes are left out, and the next one says how many`() throws {
    let (reading, writing) = try pipe()
    defer { for end in [reading, writing] { close(end) } }
    let output = LogOutput(writing)
    output.write(line(1))
    // The pipe holds something, so that it is not ready for a whole page.
    for number in 2...5 as ClosedRange<Int64> { output.write(line(number)) }
    #expect(read(reading) == [#"{"n":1}"#])
    output.write(line(6))
    #expect(read(reading) == [#"{"n":6,"lost":4}"#])
    output.write(line(7))
    #expect(read(reading) == [#"{"n":7}"#])
  }

  @Test func `what is cut is a line by itself`() throws {
    let (reading, writing) = try pipe()
    defer { for end in [reading, writing] { close(end) } }
    let output = LogOutput(writing)
    var long = line(1)
    long["text"] = .string(String(repeating: "x", count: 9_000))
    output.write(long)
    #expect(read(reading).map(\.utf8.count) == [4_096])
    output.write(line(2))
    #expect(read(reading) == [#"{"n":2,"lost":1}"#])
  }

  @Test func `a reader that has gone ends nothing`() throws {
    let (reading, writing) = try pipe()
    defer { close(writing) }
    signal(SIGPIPE, SIG_IGN)
    close(reading)
    LogOutput(writing).write(line(1))
  }
}
