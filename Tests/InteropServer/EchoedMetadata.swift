import RPCCore

/// The metadata that a caller gets back as it sent it.
enum EchoedMetadata {
  private static let initialKey = "x-grpc-test-echo-initial"
  private static let trailingKey = "x-grpc-test-echo-trailing-bin"

  /// Sends what is to be echoed with the response headers and after the status.
  static func send(_ context: ServerContext) async {
    let received = context.metadata
    let initial = initial(received)
    if !initial.isEmpty { await context.setInitialMetadata(initial) }
    let trailing = echoed(trailingKey, of: received)
    if !trailing.isEmpty { await context.addTrailers(trailing) }
  }

  /// What goes with the response headers.
  static func initial(_ received: Metadata) -> Metadata { echoed(initialKey, of: received) }

  /// Every value under a key. A value that may come but not leave (gRPC's rule for custom metadata is
  /// stricter than that of HTTP) is left out.
  private static func echoed(_ key: String, of received: Metadata) -> Metadata {
    var echoed = Metadata()
    for value in received.values(key) {
      switch value {
      case .text(let text): try? echoed.append(text, forKey: key)
      case .bytes(let bytes): try? echoed.append(bytes, forKey: key)
      }
    }
    return echoed
  }
}
