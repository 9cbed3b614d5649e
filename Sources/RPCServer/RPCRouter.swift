public import RPCCore
internal import RPCTransport

/// The methods that a server serves, by path. A value: built once, never changed while serving.
public struct RPCRouter: Sendable {
  /// Open addressing over a power of two, at most half full; looked up without making a String.
  private var slots: [RPCMethod?]
  private let paths: [[UInt8]]

  /// - Parameter interceptors: each wraps every method, the first outermost.
  /// - Precondition: no two methods have one path.
  public init(_ services: [any RPCService], interceptors: [any ServerInterceptor] = []) {
    let methods = services.flatMap(\.methods).map { method in
      interceptors.reversed().reduce(method) { $1.wrap($0) }
    }
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

  /// FNV-1a: paths are few, short and chosen by us, so collisions cannot be provoked from outside.
  private static func hash(_ bytes: Span<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in 0..<bytes.count { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
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
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left[index] != right[index] { return false }
    return true
  }
}
