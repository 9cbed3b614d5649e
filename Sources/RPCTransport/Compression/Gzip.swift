internal import CZlib
internal import RPCCore

/// Messages in and out of gzip (RFC 1952), each with a context of its own, as gRPC asks.
///
/// What comes in may be several members, one behind the other (RFC 1952 §2.2), as other
/// implementations take it; what goes out is one.
enum Gzip {
  enum Failure: Error, Hashable {
    /// It is no gzip, it is cut short, or something else follows it.
    case corrupt
    /// It grows past the limit; nothing beyond the limit was inflated.
    case tooLarge
  }

  /// 15 bits of window, 16 for gzip's own head and tail alone (zlib.h).
  private static let windowBits: Int32 = 15 + 16
  /// How much room is made at a time.
  private static let chunkBytes = 16_384

  /// - Parameter bytesMax: the most that may come out.
  static func inflate(
    _ input: UnsafeRawBufferPointer, bytesMax: Int
  ) throws(Failure) -> [UInt8] {
    // zlib keeps the address.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer { unsafe stream.deallocate() }
    guard
      unsafe inflateInit2_(
        stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw .corrupt }
    defer { unsafe inflateEnd(stream) }
    unsafe give(input, to: stream)
    var output: [UInt8] = []
    while true {
      // One byte more than is allowed shows that there is more.
      let room = min(chunkBytes, bytesMax + 1 - output.count)
      let result = unsafe grow(&output, by: room, stream) {
        unsafe CZlib.inflate($0, Z_NO_FLUSH)
      }
      guard output.count <= bytesMax else { throw .tooLarge }
      switch result {
      case Z_STREAM_END where unsafe stream.pointee.avail_in == 0: return output
      // Another member. The limit is of all of them together, and each costs the peer its bytes.
      case Z_STREAM_END where unsafe inflateReset(stream) == Z_OK: continue
      case Z_OK where unsafe stream.pointee.avail_out == 0: continue
      default: throw .corrupt
      }
    }
  }

  /// - Returns: nil when the message does not get smaller.
  static func deflate(_ input: UnsafeRawBufferPointer) -> [UInt8]? {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer { unsafe stream.deallocate() }
    guard
      unsafe deflateInit2_(
        stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY,
        ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { unsafe deflateEnd(stream) }
    unsafe give(input, to: stream)
    var output: [UInt8] = []
    // All in one step: what does not fit into fewer bytes than came in is not worth sending.
    let result = unsafe grow(&output, by: input.count, stream) {
      unsafe CZlib.deflate($0, Z_FINISH)
    }
    return result == Z_STREAM_END && output.count < input.count ? output : nil
  }

  private static func give(
    _ input: UnsafeRawBufferPointer, to stream: UnsafeMutablePointer<z_stream>
  ) {
    // zlib does not write through this pointer.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(input.count)
  }

  private static func grow(
    _ output: inout [UInt8], by room: Int,
    _ stream: UnsafeMutablePointer<z_stream>,
    _ step: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> Int32 {
    var result = Z_OK
    let fresh = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      unsafe stream.pointee.next_out = buffer.baseAddress
      unsafe stream.pointee.avail_out = UInt32(room)
      result = unsafe step(stream)
      count = unsafe room - Int(stream.pointee.avail_out)
    }
    output.append(contentsOf: fresh)
    return result
  }
}
