/// Metrics in Prometheus' text format 0.0.4.
public struct ExpositionText: Sendable {
  public private(set) var text = ""

  public init() {}

  /// Begins a family of series.
  ///
  /// - Parameter type: `counter`, `gauge` or `histogram`.
  public mutating func begin(_ name: String, _ help: String, type: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  public mutating func add(_ name: String, _ labels: [(String, String)] = [], _ value: UInt64) {
    add(name, labels, "\(value)")
  }

  /// - Parameter value: a number as the format writes it.
  public mutating func add(_ name: String, _ labels: [(String, String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      text += "{"
      text += labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
      text += "}"
    }
    text += " \(value)\n"
  }

  /// A span in seconds, without a detour through floating point.
  static func seconds(_ nanoseconds: Int64) -> String {
    let whole = nanoseconds / 1_000_000_000
    var fraction = String(nanoseconds % 1_000_000_000)
    fraction = String(repeating: "0", count: 9 - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
  }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
