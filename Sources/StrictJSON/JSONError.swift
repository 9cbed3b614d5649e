/// Why a text is no JSON that is accepted here.
public struct JSONError: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    case unexpectedEnd
    case unexpectedByte(UInt8)
    case badNumber
    case badEscape
    case badUTF8
    case controlCharacter
    case duplicateName(String)
    case tooDeep(max: Int)
    case trailingBytes
  }

  public let reason: Reason
  /// Where, in bytes from the start.
  public let offset: Int

  public init(_ reason: Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}

extension JSONError: CustomStringConvertible {
  public var description: String {
    let what =
      switch reason {
      case .unexpectedEnd: "the text ends early"
      case .unexpectedByte(let byte): "unexpected byte 0x\(String(byte, radix: 16))"
      case .badNumber: "not a number of JSON's form"
      case .badEscape: "not an escape of JSON's"
      case .badUTF8: "not UTF-8"
      case .controlCharacter: "a control character in a string"
      case .duplicateName(let name): "the name \(name) stands twice"
      case .tooDeep(let max): "nested deeper than \(max)"
      case .trailingBytes: "bytes after the value"
      }
    return "\(what), at byte \(offset)"
  }
}
