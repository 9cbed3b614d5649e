import ArgumentParser
import RPCCore
import Testing

@testable import topupctl

@Suite struct StreamKeeperTests {
  private func keeper(connectTimeout: Duration = .seconds(3_600)) throws -> StreamKeeper {
    StreamKeeper(Console(try GlobalOptions.parse([])), connectTimeout: connectTimeout, pause: .zero)
  }

  private func failure(_ code: StatusCode) -> CallFailure {
    CallFailure(
      error: RPCError(code, "over"), method: "/a/b", address: .standard, idempotencyKey: nil)
  }

  @Test func `a stream that brought something is taken up again`() async throws {
    let keeper = try keeper()
    var attempts: [Bool] = []
    try await keeper.run(until: { attempts.count == 3 }) { isAgain throws(CallFailure) in
      attempts.append(isAgain)
      keeper.noteMessage()
      if attempts.count == 1 { throw failure(.unavailable) }
    }
    #expect(attempts == [false, true, true])
  }

  @Test func `a server that was never reached is not tried for ever`() async throws {
    let keeper = try keeper()
    var attempts = 0
    await #expect(throws: CallFailure.self) {
      try await keeper.run { _ throws(CallFailure) in
        attempts += 1
        throw failure(.unavailable)
      }
    }
    #expect(attempts == 1)
  }

  @Test func `a quiet stream that outlasted every attempt to connect had begun`() async throws {
    let keeper = try keeper(connectTimeout: .seconds(-1))
    var attempts = 0
    try await keeper.run(until: { attempts == 2 }) { _ throws(CallFailure) in
      attempts += 1
      if attempts == 1 { throw failure(.unavailable) }
    }
    #expect(attempts == 2)
  }

  @Test func `a refusal ends it, whatever came before`() async throws {
    let keeper = try keeper()
    var attempts = 0
    await #expect(throws: CallFailure.self) {
      try await keeper.run { _ throws(CallFailure) in
        attempts += 1
        keeper.noteMessage()
        throw failure(.permissionDenied)
      }
    }
    #expect(attempts == 1)
  }

  @Test func `a server that ends each stream at once is not asked for ever`() async throws {
    let keeper = try keeper()
    await #expect(throws: Unsuccessful.self) {
      try await keeper.run { _ throws(CallFailure) in }
    }
  }
}
