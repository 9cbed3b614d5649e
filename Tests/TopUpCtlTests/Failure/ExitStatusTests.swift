import RPCCore
import Testing

@testable import topupctl

@Suite struct ExitStatusTests {
  @Test func `a status is 64 and its number`() {
    #expect(ExitStatus.of(.cancelled) == 65)
    #expect(ExitStatus.of(.unavailable) == 78)
    #expect(ExitStatus.of(.unauthenticated) == 80)
  }

  @Test func `a status that gRPC does not define counts as UNKNOWN`() {
    #expect(ExitStatus.of(StatusCode(rawValue: 17)) == 66)
    #expect(ExitStatus.of(StatusCode(rawValue: .max)) == 66)
  }

  @Test func `every exit code is listed once`() {
    let listed = ExitStatus.all.map(\.status)
    #expect(listed == [0, 1, 64] + Array(65...80) + [130])
  }
}
