import Glibc

/// What scripts/bench engine measures inside a process, and the stores that it measures on: the real
/// store and the real engine, without the wire. Prints "name value" lines; Benchmarks/harness reads them.
@main
struct TopUpBench {
  private static let usage = """
    usage: topupbench decide COUNT
           topupbench make-entries FILE               a store for the next two
           topupbench grow-entries FILE POSTINGS      until it has so many
           topupbench entries FILE COUNT CALLERS
           topupbench check-entries FILE
           topupbench make-accounts FILE COUNT        each with a rule, a card and a known balance
           topupbench make-top-ups FILE COUNT         that have not ended
           topupbench top-ups FOLDER COUNT
    """

  static func main() async throws {
    let words = CommandLine.arguments.dropFirst()
    switch (words.first, words.count) {
    case ("decide", 2): Decisions.measure(number(words, 1))
    case ("make-entries", 2): try await Entries.make(at: word(words, 1))
    case ("grow-entries", 3):
      try await Entries.grow(at: word(words, 1), toPostings: number(words, 2))
    case ("entries", 4):
      try await Entries.measure(
        at: word(words, 1), count: number(words, 2), callers: number(words, 3))
    case ("check-entries", 2): try Entries.check(at: word(words, 1))
    case ("make-accounts", 3):
      try await MadeStores.makeAccounts(at: word(words, 1), count: number(words, 2))
    case ("make-top-ups", 3):
      try await MadeStores.makeTopUps(at: word(words, 1), count: number(words, 2))
    case ("top-ups", 3): try await WholeTopUps.measure(in: word(words, 1), count: number(words, 2))
    default:
      print(usage)
      exit(64)
    }
  }

  private static func word(_ words: ArraySlice<String>, _ place: Int) -> String {
    words[words.startIndex + place]
  }

  private static func number(_ words: ArraySlice<String>, _ place: Int) -> Int {
    guard let number = Int(word(words, place)), number > 0 else {
      print(usage)
      exit(64)
    }
    return number
  }

  /// For the harness.
  static func tell(_ name: String, _ value: Double) { print("\(name) \(value)") }
}
