import Testing

@testable import topupctl

@Suite struct ColorChoiceTests {
  @Test func `colours are for terminals that want them`() {
    let auto = ColorChoice.auto
    #expect(auto.isColoured(isTerminal: true, noColor: nil, terminal: "xterm"))
    #expect(!auto.isColoured(isTerminal: false, noColor: nil, terminal: "xterm"))
    #expect(!auto.isColoured(isTerminal: true, noColor: "1", terminal: "xterm"))
    #expect(!auto.isColoured(isTerminal: true, noColor: nil, terminal: "dumb"))
  }

  @Test func `a choice on the command line stands above the surroundings`() {
    #expect(ColorChoice.always.isColoured(isTerminal: false, noColor: "1", terminal: "dumb"))
    #expect(!ColorChoice.never.isColoured(isTerminal: true, noColor: nil, terminal: "xterm"))
  }
}
