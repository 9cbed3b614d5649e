/// The metadata of one header block as it came in: names and values in one buffer, made into
/// ``Metadata`` when somebody asks, for most calls carry some and few look at it.
package struct MetadataFields: Sendable {
  /// Fields, each as two lengths (two bytes each, little end first), name and value.
  private var bytes: [UInt8] = []
  /// Whether a `-bin` field held what is no base64.
  package private(set) var hasMalformedBase64 = false
  /// Values that were left out.
  package private(set) var droppedCount = 0

  package init() {}

  /// Keeps one field; a value that is legal in HTTP but not in metadata is left out, for it must
  /// fail no call and nobody could send it on (facts/grpc A35).
  package mutating func add(name: Span<UInt8>, value: Span<UInt8>) {
    guard value.isPrintableASCII else {
      droppedCount += 1
      return
    }
    if name.ends(with: "-bin"), !Self.isBase64List(value) { hasMalformedBase64 = true }
    bytes.reserveCapacity(max(128, bytes.count + 4 + name.count + value.count))
    for length in [name.count, value.count] {
      bytes.append(UInt8(truncatingIfNeeded: length))
      bytes.append(UInt8(truncatingIfNeeded: length >> 8))
    }
    bytes.append(name)
    bytes.append(value)
  }

  /// Forgets every field; memory is kept.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    hasMalformedBase64 = false
    droppedCount = 0
  }

  package var metadata: Metadata {
    var metadata = Metadata()
    var offset = 0
    while offset + 4 <= bytes.count {
      let nameCount = Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
      let valueCount = Int(bytes[offset + 2]) | Int(bytes[offset + 3]) << 8
      let name = offset + 4..<offset + 4 + nameCount
      let value = name.upperBound..<name.upperBound + valueCount
      offset = value.upperBound
      let key = String(decoding: bytes[name], as: UTF8.self)
      guard Metadata.isBinary(key) else {
        let text = String(decoding: bytes[value], as: UTF8.self)
        metadata.appendUnchecked(.init(key: key, value: .text(text)))
        continue
      }
      // Several values may have been joined by commas on the way (PROTOCOL-HTTP2).
      let parts = bytes[value].split(
        separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      for part in parts {
        let letters = Array(part.drop { $0 == 0x20 })
        if let decoded = try? Base64.decode(letters.span) {
          metadata.appendUnchecked(.init(key: key, value: .bytes(decoded)))
        }
      }
    }
    return metadata
  }

  private static func isBase64List(_ value: Span<UInt8>) -> Bool {
    var part: [UInt8] = []
    for index in 0...value.count {
      let letter = index < value.count ? value[index] : UInt8(ascii: ",")
      if letter == UInt8(ascii: ",") {
        if (try? Base64.decode(part.span)) == nil { return false }
        part.removeAll(keepingCapacity: true)
      } else if letter != 0x20 || !part.isEmpty {
        part.append(letter)
      }
    }
    return true
  }
}
