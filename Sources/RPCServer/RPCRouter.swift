public import RPCCore
internal import RPCTransport

/// The methods that a server serves, by path: built once, never changed.
public final class RPCRouter: Sendable {
  /// Open addressing over a power of two, at most half full; looked up without making a String.
  private let slots: [RPCMethod?]
  private let paths: [[UInt8]]

  /// - Parameter interceptors: each wraps every method, the first outermost.
  /// - Precondition: no two methods have one path.
  public init(_ services: [any RPCService], interceptors: [any ServerInterceptor] = []) {
    let methods = services.flatMap(\.methods).enumerated().map { number, method in
      let wrapped = interceptors.reversed().reduce(method) { $1.wrap($0) }
      return RPCMethod(method.descriptor, number: number, serve: wrapped.serve)
    }
    for interceptor in interceptors { interceptor.prepare(for: methods.map(\.descriptor)) }
    var capacity = 8
    while capacity < methods.count * 2 { capacity *= 2 }
    var slots = [RPCMethod?](repeating: nil, count: capacity)
    var paths = [[UInt8]](repeating: [], count: capacity)
    for method in methods {
      let path = Array(method.descriptor.path.utf8)
      var slot = Self.hash(path.span) & (capacity - 1)
      while slots[slot] != nil {
        precondition(paths[slot] != path, "\(method.descriptor.path) is served twice")
        slot = (slot + 1) & (capacity - 1)
      }
      slots[slot] = method
      paths[slot] = path
    }
    self.slots = slots
    self.paths = paths
  }

  /// Every method, in no order.
  public var methods: [MethodDescriptor] { slots.compactMap { $0?.descriptor } }

  /// FNV-1a over words instead of bytes: paths are few, short and chosen by us, so collisions
  /// cannot be provoked from outside.
  private static func hash(_ path: Span<UInt8>) -> Int {
    let bytes = path.bytes
    var hash = UInt64(truncatingIfNeeded: bytes.byteCount)
    var offset = 0
    while offset + 8 <= bytes.byteCount {
      hash = (hash ^ bytes.word(offset)) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
      offset += 8
    }
    while offset < bytes.byteCount {
      hash = (hash ^ UInt64(bytes.byte(offset))) &* 0x100_0000_01B3
      offset += 1
    }
    return Int(truncatingIfNeeded: hash >> 32 ^ hash)
  }
}

extension RPCRouter: CallRouter {
  package func method(at path: Span<UInt8>) -> RPCMethod? {
    var slot = Self.hash(path) & (slots.count - 1)
    while let method = slots[slot] {
      if Self.equal(paths[slot], path) { return method }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private static func equal(_ left: [UInt8], _ right: Span<UInt8>) -> Bool {
    left.span.bytes.equals(right.bytes)
  }
}
