internal import Synchronization
package import TopUpCore

/// The system's zone data, read as it is needed and kept.
package final class ZoneInfo: TimeZones {
  /// A zone's file; the largest is a few kilobytes.
  private static let fileBytesMax = 65_536

  private let folder: String
  private let known = Mutex<[String: TimeZoneRules]>(["UTC": .utc])

  /// - Parameter folder: where the compiled zones are, such as `/usr/share/zoneinfo`.
  package init(folder: String) { self.folder = folder }

  package func rules(of zone: String) -> TimeZoneRules? {
    if let rules = known.withLock({ $0[zone] }) { return rules }
    guard Self.isName(zone),
      let bytes = HostFile.read("\(folder)/\(zone)", bytesMax: Self.fileBytesMax),
      let rules = try? TZif.rules(from: bytes)
    else { return nil }
    known.withLock { $0[zone] = rules }
    return rules
  }

  /// Letters, digits and `_+-`, in parts between single slashes: nothing that leaves the folder.
  static func isName(_ zone: String) -> Bool {
    let parts = zone.split(separator: "/", omittingEmptySubsequences: false)
    return zone.utf8.count <= 64
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
              UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"),
              UInt8(ascii: "-"):
              true
            default: false
            }
          }
      }
  }
}
