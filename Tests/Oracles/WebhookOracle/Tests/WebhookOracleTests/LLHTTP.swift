import NIOCore
import NIOEmbedded
import NIOHTTP1

/// What llhttp makes of bytes, by way of swift-nio.
struct LLHTTP {
  struct Request: Equatable {
    var method: String
    var uri: String
    var version: String
    var contentLengths: [String]
    var isChunked: Bool
    var hosts: [String]
    var body: [UInt8]
  }

  /// The first request in the bytes; nil when they hold no whole one, or one that is in error.
  static func firstRequest(_ bytes: [UInt8]) -> Request? {
    let channel = EmbeddedChannel(
      handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
    defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
    // What stood before an error was still read: the parts are looked at either way.
    do { try channel.writeInbound(ByteBuffer(bytes: bytes)) } catch {}
    var request: Request?
    while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
      switch part {
      case .head(let head):
        request = Request(
          method: head.method.rawValue, uri: head.uri, version: head.version.description,
          contentLengths: head.headers["content-length"],
          isChunked: head.headers.contains(name: "transfer-encoding"),
          hosts: head.headers["host"], body: [])
      case .body(let buffer): request?.body.append(contentsOf: buffer.readableBytesView)
      case .end: return request
      }
    }
    return nil
  }
}
