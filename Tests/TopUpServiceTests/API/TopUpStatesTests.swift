import Testing
import TopUpAPI
import TopUpCore

@testable import TopUpService

@Suite struct TopUpStatesTests {
  @Test func `a filter names states that a top-up can be in`() {
    var reader = RequestReader(networks: .cere)
    #expect(reader.states([]) == [])
    #expect(reader.states([.credited, .declined]) == [.credited, .declined])
    #expect(reader.violations == [])
  }

  @Test func `a state that no top-up is ever in is refused, and not taken for no filter`() {
    var decided = RequestReader(networks: .cere)
    _ = decided.states([.decided])
    #expect(decided.violations.map(\.field) == ["states"])
    var unknown = RequestReader(networks: .cere)
    _ = unknown.states([.credited, .unspecified])
    #expect(unknown.violations.map(\.field) == ["states"])
  }
}
