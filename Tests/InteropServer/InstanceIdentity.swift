import Glibc

/// What tells this server from another: its own for as long as it runs.
struct InstanceIdentity: Sendable {
  /// 64 random bits in hexadecimal digits.
  let serverID: String
  let hostname: String

  init() {
    serverID = String(UInt64.random(in: 0 ... .max), radix: 16)
    var name = [CChar](repeating: 0, count: 256)
    hostname =
      gethostname(&name, name.count - 1) == 0
      ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
  }
}
