import Glibc
import TopUpCore

/// Files that tests read; the core itself reads none.
enum Files {
  struct CannotRead: Error { let path: String }

  /// A zone of the system's database (package tzdata).
  static func zone(_ name: String) throws -> TimeZoneRules {
    try TZif.rules(from: bytes("/usr/share/zoneinfo/\(name)"))
  }

  /// The lines of a committed table, each cut at blanks.
  static func table(_ name: String) throws -> [[String]] {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let text = String(decoding: try bytes("/\(folder)/Fixtures/\(name)"), as: UTF8.self)
    return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw CannotRead(path: path) }
    defer { fclose(file) }
    var all: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&part, 1, part.count, file)
      if count == 0 { break }
      all += part.prefix(count)
    }
    guard ferror(file) == 0 else { throw CannotRead(path: path) }
    return all
  }
}
