internal import TopUpCore

extension AccountKey {
  /// Reads back what ``AccountKey/name`` wrote.
  ///
  /// - Returns: nil on any other text.
  init?(name: String) {
    // By bytes: a look at what is due reads hundreds of names.
    let colon = UInt8(ascii: ":")
    let parts = name.utf8.split(separator: colon, omittingEmptySubsequences: false)
      .map { Substring($0) }
    guard parts.count == 3 else { return nil }
    switch parts[0] {
    case "ddc":
      guard let cluster = Hex.bytes(parts[1]).flatMap({ ClusterID($0) }),
        let owner = Hex.bytes(parts[2]).flatMap({ AccountID32($0) })
      else { return nil }
      self = .ddc(DDCAccount(cluster: cluster, owner: owner))
    case "credits":
      guard let tenant = Self.unescape(parts[1]), let user = Self.unescape(parts[2]) else {
        return nil
      }
      self = .credits(CreditsAccount(tenant: tenant, user: user))
    default: return nil
    }
  }

  private static func unescape(_ text: Substring) -> String? {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var plain = ""
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "%" else {
        plain.unicodeScalars.append(scalar)
        continue
      }
      switch String(rest.prefix(2)) {
      case "25": plain.unicodeScalars.append("%")
      case "3A": plain.unicodeScalars.append(":")
      default: return nil
      }
      rest = rest.dropFirst(2)
    }
    return plain
  }
}
