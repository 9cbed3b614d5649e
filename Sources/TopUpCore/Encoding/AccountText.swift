extension AccountID32 {
  /// Reads what callers send: an SS58 address, or `0x` and 64 hexadecimal digits.
  ///
  /// - Throws: ``SS58Error``, which says what is wrong in words for the caller.
  package init(
    text: some StringProtocol, accepting networks: SS58.Networks = .cere
  ) throws(SS58Error) {
    try self.init(text: String(text), accepting: networks)
  }

  package init(
    text: String, accepting networks: SS58.Networks = .cere
  ) throws(SS58Error) {
    guard text.utf8.starts(with: "0x".utf8) else {
      self = try SS58.address(text, accepting: networks).account
      return
    }
    guard text.utf8.count == 66, let bytes = Hex.prefixedBytes(text), let account = Self(bytes)
    else { throw .badHex }
    self = account
  }
}

extension AccountID32: CustomStringConvertible {
  /// The canonical text: the address with Cere's prefix.
  package var description: String { SS58.text(self) }
}

extension ClusterID {
  /// - Parameter hex: `0x` and 40 hexadecimal digits.
  /// - Returns: nil on any other shape.
  package init?(hex: some StringProtocol) { self.init(hex: String(hex)) }

  package init?(hex: String) {
    guard hex.utf8.count == 42, let bytes = Hex.prefixedBytes(hex) else { return nil }
    self.init(bytes)
  }
}

extension ClusterID: CustomStringConvertible {
  /// `0x` and 40 hexadecimal digits in lower case.
  package var description: String { Hex.prefixedText(bytes) }
}
