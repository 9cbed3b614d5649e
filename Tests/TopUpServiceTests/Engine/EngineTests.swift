import SimulatedWorld
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// The engine end to end, in one process and on virtual time.
@Suite struct EngineTests {
  @Test func `a low account is charged, funded and credited once (3, 24)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(600)) {
        try harness.topUps().first?.state == .credited
      })
    let topUps = try harness.topUps()
    #expect(topUps.count == 1)
    #expect(harness.world.count("ramp POST /v1/orders") == 1, "\(topUps)")
    #expect(try harness.store.verify() == [])
  }
}
