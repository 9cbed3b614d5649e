/// One HTTP/2 frame as bytes, well formed or not: nothing is checked here.
package struct Frame: Hashable, Sendable {
  package enum Kind: UInt8, Sendable {
    case data, headers, priority, reset, settings, pushPromise, ping, goaway, windowUpdate
    case continuation
  }

  package static let endStream: UInt8 = 0x1
  package static let ack: UInt8 = 0x1
  package static let endHeaders: UInt8 = 0x4
  package static let padded: UInt8 = 0x8

  package var type: UInt8
  package var flags: UInt8
  package var streamID: UInt32
  package var payload: [UInt8]

  package init(type: UInt8, flags: UInt8 = 0, streamID: UInt32 = 0, payload: [UInt8] = []) {
    self.type = type
    self.flags = flags
    self.streamID = streamID
    self.payload = payload
  }

  package init(
    _ kind: Kind, flags: UInt8 = 0, streamID: UInt32 = 0, payload: [UInt8] = []
  ) {
    self.init(type: kind.rawValue, flags: flags, streamID: streamID, payload: payload)
  }

  package var kind: Kind? { Kind(rawValue: type) }
  package var endsStream: Bool {
    (kind == .data || kind == .headers) && flags & Self.endStream != 0
  }
  package var isAck: Bool { flags & Self.ack != 0 }

  /// The frame on the wire (RFC 9113 §4.1).
  package var bytes: [UInt8] {
    let length = UInt32(payload.count)
    return [UInt8(length >> 16), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), type, flags]
      + Self.big(streamID) + payload
  }

  /// A number of the payload, big end first.
  package func number(at offset: Int, bytes count: Int = 4) -> UInt32 {
    payload[offset..<offset + count].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func big(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) }
  }

  /// Takes the whole frames off the front of some bytes.
  package static func parse(_ bytes: inout ArraySlice<UInt8>) -> [Frame] {
    var frames: [Frame] = []
    while bytes.count >= 9 {
      let head = Array(bytes.prefix(9))
      let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
      guard bytes.count >= 9 + length else { break }
      let streamID = head[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
      frames.append(
        Frame(
          type: head[3], flags: head[4], streamID: streamID,
          payload: Array(bytes.dropFirst(9).prefix(length))))
      bytes = bytes.dropFirst(9 + length)
    }
    return frames
  }

  // MARK: Kinds

  package static func settings(_ entries: KeyValuePairs<UInt16, UInt32> = [:]) -> Frame {
    Frame(
      .settings,
      payload: entries.flatMap { [UInt8($0.key >> 8), UInt8($0.key & 0xFF)] + big($0.value) })
  }

  package static let settingsAck = Frame(.settings, flags: ack)

  package static func headers(
    _ streamID: UInt32, _ fields: [(String, String)], endStream: Bool = false
  ) -> Frame {
    headers(streamID, block: HPACK.literal(fields), endStream: endStream)
  }

  package static func headers(_ streamID: UInt32, block: [UInt8], endStream: Bool) -> Frame {
    Frame(
      .headers, flags: endHeaders | (endStream ? self.endStream : 0), streamID: streamID,
      payload: block)
  }

  /// - Parameter padding: bytes after the data; nil leaves the PADDED flag off.
  package static func data(
    _ streamID: UInt32, _ bytes: [UInt8], endStream: Bool = false, padding: UInt8? = nil
  ) -> Frame {
    var frame = Frame(
      .data, flags: endStream ? self.endStream : 0, streamID: streamID, payload: bytes)
    if let padding {
      frame.flags |= padded
      frame.payload = [padding] + bytes + [UInt8](repeating: 0, count: Int(padding))
    }
    return frame
  }

  package static func reset(_ streamID: UInt32, code: UInt32) -> Frame {
    Frame(.reset, streamID: streamID, payload: big(code))
  }

  package static func windowUpdate(_ streamID: UInt32, by increment: UInt32) -> Frame {
    Frame(.windowUpdate, streamID: streamID, payload: big(increment))
  }

  package static func ping(_ octets: [UInt8], isAck: Bool = false) -> Frame {
    Frame(.ping, flags: isAck ? ack : 0, payload: octets)
  }

  package static func goaway(last: UInt32, code: UInt32, debug: String = "") -> Frame {
    Frame(.goaway, payload: big(last) + big(code) + Array(debug.utf8))
  }
}
