internal import StrictJSON
internal import TopUpCore

/// Fields that must be there, in the shape that is used.
extension JSON {
  /// The longest id or word that is taken from another system (Stripe's ids: 255).
  static let wordBytesMax = 500

  /// A text of at least one byte, without control characters.
  func word(_ name: String) throws(Unreadable) -> String {
    guard let text = optionalWord(name) else { throw Unreadable("no usable \(name)") }
    return text
  }

  func optionalWord(_ name: String) -> String? {
    guard let text = self[name]?.string, !text.isEmpty, text.utf8.count <= Self.wordBytesMax,
      text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    else { return nil }
    return text
  }

  func integer(_ name: String, in range: ClosedRange<Int64>) throws(Unreadable) -> Int64 {
    guard let value = self[name]?.int64, range.contains(value) else {
      throw Unreadable("no usable \(name)")
    }
    return value
  }

  func flag(_ name: String) throws(Unreadable) -> Bool {
    guard let value = self[name]?.bool else { throw Unreadable("no usable \(name)") }
    return value
  }

  /// Planck as decimal digits.
  func planck(_ name: String) throws(Unreadable) -> Planck {
    guard let value = self[name]?.string.flatMap({ Planck(decimal: $0) }) else {
      throw Unreadable("no usable \(name)")
    }
    return value
  }

  func currency(_ name: String) throws(Unreadable) -> Currency {
    guard let code = self[name]?.string, code.utf8.count == 3, let currency = Currency(code: code)
    else { throw Unreadable("no usable \(name)") }
    return currency
  }

  /// A moment in whole seconds, of this epoch: what is further away is no moment.
  func seconds(_ name: String) throws(Unreadable) -> UnixTime {
    UnixTime(seconds: try integer(name, in: 0...UnixTime.readableMilliseconds.upperBound / 1000))
  }

  /// A moment in milliseconds.
  func milliseconds(_ name: String) throws(Unreadable) -> UnixTime {
    UnixTime(milliseconds: try integer(name, in: UnixTime.readableMilliseconds))
  }

  /// A hash of 32 bytes, `0x` and lower-case digits.
  func hash(_ name: String) throws(Unreadable) -> String {
    guard let hash = self[name]?.hash else { throw Unreadable("no usable \(name)") }
    return hash
  }

  /// The hash that this value is.
  var hash: String? {
    guard let text = string, let bytes = Hex.prefixedBytes(text), bytes.count == 32,
      text == Hex.prefixedText(bytes)
    else { return nil }
    return text
  }

  /// The elements of an array.
  func elements(_ name: String) throws(Unreadable) -> [JSON] {
    guard let elements = self[name]?.array else { throw Unreadable("no usable \(name)") }
    return elements
  }
}

extension UnixTime {
  /// From 1970 to the end of the year 9999.
  static let readableMilliseconds: ClosedRange<Int64> = 0...253_402_300_799_999
}
