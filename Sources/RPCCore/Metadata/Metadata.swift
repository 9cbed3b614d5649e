/// The key-value pairs that travel beside a call, in their order of arrival.
///
/// Keys are lower-case `0-9 a-z _ - .`; several pairs may share a key. A key that ends in `-bin`
/// holds bytes, any other printable ASCII.
/// - Source: gRPC PROTOCOL-HTTP2, "Custom-Metadata".
public struct Metadata: Sendable, Hashable {
  /// What a key holds.
  public enum Value: Sendable, Hashable {
    case text(String)
    case bytes([UInt8])
  }

  /// One pair.
  public struct Element: Sendable, Hashable {
    public let key: String
    public let value: Value

    public init(key: String, value: Value) {
      self.key = key
      self.value = value
    }
  }

  private var elements: [Element] = []

  public init() {}

  /// Adds a text pair after those there are.
  ///
  /// - Throws: ``MetadataError`` when the key or value cannot travel, or the key ends in `-bin`.
  public mutating func append(_ text: String, forKey key: String) throws(MetadataError) {
    try Self.check(key)
    guard !Self.isBinary(key) else { throw .keyNeedsBytes(key) }
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) else { throw .valueNotASCII(key) }
    elements.append(Element(key: key, value: .text(text)))
  }

  /// Adds a binary pair after those there are.
  ///
  /// - Throws: ``MetadataError`` when the key cannot travel or does not end in `-bin`.
  public mutating func append(_ bytes: [UInt8], forKey key: String) throws(MetadataError) {
    try Self.check(key)
    guard Self.isBinary(key) else { throw .keyNeedsText(key) }
    elements.append(Element(key: key, value: .bytes(bytes)))
  }

  /// Adds a pair that was checked where it was read from the wire.
  package mutating func appendUnchecked(_ element: Element) { elements.append(element) }

  /// Takes out every pair under a key.
  public mutating func removeAll(forKey key: String) { elements.removeAll { $0.key == key } }

  /// The first text value under a key.
  public func text(_ key: String) -> String? {
    for element in elements where element.key == key {
      if case .text(let value) = element.value { return value }
    }
    return nil
  }

  /// The first binary value under a key.
  public func bytes(_ key: String) -> [UInt8]? {
    for element in elements where element.key == key {
      if case .bytes(let value) = element.value { return value }
    }
    return nil
  }

  /// Every value under a key, in order.
  public func values(_ key: String) -> [Value] {
    elements.filter { $0.key == key }.map(\.value)
  }

  /// Whether a key's values are bytes.
  public static func isBinary(_ key: String) -> Bool { key.hasSuffix("-bin") }

  private static func check(_ key: String) throws(MetadataError) {
    guard !key.isEmpty, key.utf8.allSatisfy(isKeyByte) else { throw .badKey(key) }
    guard
      !key.hasPrefix("grpc-") || key == "grpc-status-details-bin"
        || key == "grpc-retry-pushback-ms", !reservedKeys.contains(key)
    else { throw .reservedKey(key) }
  }

  package static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Names that HTTP/2 or the protocol itself owns.
  private static let reservedKeys: Set<String> = [
    "te", "content-type", "content-length", "connection", "keep-alive", "proxy-connection",
    "transfer-encoding", "upgrade", "host", "user-agent",
  ]
}

/// Why a metadata pair cannot travel.
public enum MetadataError: Error, Hashable, Sendable {
  case badKey(String)
  case reservedKey(String)
  case keyNeedsBytes(String)
  case keyNeedsText(String)
  case valueNotASCII(String)
}

extension Metadata: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { elements.count }
  public subscript(position: Int) -> Element { elements[position] }
}

extension Metadata.Value: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self = .text(text) }
}

extension Metadata: ExpressibleByDictionaryLiteral {
  public typealias Key = String

  /// Pairs from a literal; a pair that cannot travel is the caller's bug and traps.
  public init(dictionaryLiteral pairs: (String, Value)...) {
    for (key, value) in pairs {
      do throws(MetadataError) {
        switch value {
        case .text(let text): try append(text, forKey: key)
        case .bytes(let bytes): try append(bytes, forKey: key)
        }
      } catch { preconditionFailure("metadata literal: \(error)") }
    }
  }
}
