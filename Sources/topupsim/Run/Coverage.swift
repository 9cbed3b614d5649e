/// How often runs met what they are for: trouble that never comes proves nothing.
struct Coverage {
  private static let word = "met "

  private(set) var counts: [String: Int] = [:]

  /// - Parameter name: of what was met, its kind first: `state credited`.
  mutating func meet(_ name: String) { counts[name, default: 0] += 1 }

  mutating func add(_ other: Coverage) { counts.merge(other.counts, uniquingKeysWith: +) }

  /// What a review's reason is about, whatever sums and ids it names.
  static func kind(ofReason reason: String) -> String {
    let words = reason.split(separator: " ").map { $0.filter { $0.isLetter || $0 == "'" } }
    let isPlain = reason.first?.isLetter ?? false
    return (isPlain ? words.prefix(4) : words.suffix(4)).joined(separator: " ")
  }

  // MARK: Between processes

  var line: String {
    Self.word
      + counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
  }

  init() {}

  /// - Returns: nil for a line of something else.
  init?(line: String) {
    guard line.hasPrefix(Self.word) else { return nil }
    for part in line.dropFirst(Self.word.count).split(separator: ";") {
      guard let end = part.lastIndex(of: "="), let count = Int(part[part.index(after: end)...])
      else { return nil }
      counts[String(part[..<end])] = count
    }
  }

  /// For people: a line for each, aligned.
  var table: [String] {
    let sorted = counts.sorted { $0.key < $1.key }
    let width = sorted.map { "\($0.value)".count }.max() ?? 0
    return sorted.map { name, count in
      String(repeating: " ", count: width - "\(count)".count) + "\(count)  \(name)"
    }
  }
}
