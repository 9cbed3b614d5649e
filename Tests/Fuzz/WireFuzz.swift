import RPCCore

/// gRPC's own text and prefixes.
enum WireFuzz {
  static func framing(_ bytes: [UInt8]) {
    guard bytes.count >= MessagePrefix.byteCount else { return }
    let most = 1 << 16
    do throws(WireError) {
      let prefix = try MessagePrefix(bytes.span.bytes, payloadBytesMax: most)
      expect(prefix.payloadBytes <= most, "no length above the limit is taken")
      expect(prefix.isCompressed == (bytes[0] == 1), "the flag is the first byte")
    } catch {
      switch error {
      case .unknownFlag(let flag): expect(flag > 1, "flags 0 and 1 are known")
      case .messageTooLarge(let length, let max): expect(length > max, "what fits is taken")
      default: expect(false, "a prefix has two faults only")
      }
    }
  }

  /// Fields are name and value by turns, each with its length before it.
  static func headers(_ bytes: [UInt8]) {
    let head = RequestHead(listBytesMax: 8192)
    let first = verdict(bytes, head)
    // Memory is kept from call to call; nothing else is.
    head.removeAll()
    expect(verdict(bytes, head) == first, "a kept head judges as a new one")
    for element in head.metadata {
      expect(element.key.utf8.allSatisfy { $0 < 0x80 }, "names are ASCII")
      expect(!element.key.hasPrefix(":"), "no pseudo-field reaches a handler")
    }
  }

  private static func verdict(_ bytes: [UInt8], _ head: RequestHead) -> RequestHead.Verdict {
    var rest = bytes[...]
    while let name = piece(&rest), let value = piece(&rest) {
      guard isName(name) else { continue }
      if head.add(name: name.span, value: value.span) == .refused { break }
    }
    return head.verdict
  }

  /// What nghttp2 lets through (RFC 9113 §8.2.1).
  private static func isName(_ name: [UInt8]) -> Bool {
    !name.isEmpty
      && name.allSatisfy { byte in
        byte > 0x20 && byte < 0x7F && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      }
  }

  private static func piece(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    guard let count = rest.popFirst() else { return nil }
    let piece = Array(rest.prefix(Int(count)))
    rest = rest.dropFirst(piece.count)
    return piece
  }

  static func timeout(_ bytes: [UInt8]) {
    guard let span = try? GRPCTimeout.parse(bytes.span) else { return }
    expect(span >= 0, "no timeout is negative")
    let text = Array(GRPCTimeout.format(nanoseconds: span).utf8)
    guard let again = try? GRPCTimeout.parse(text.span) else {
      return expect(false, "what is written can be read")
    }
    expect(again >= span || text == Array("99999999H".utf8), "a caller never waits less")
  }
}
