/// Makes the byte channel under a client's connection: a socket, a pipe in memory, or TLS over either.
package protocol Dialer: Sendable {
  /// Starts to connect. On the loop only.
  ///
  /// - Parameters:
  ///   - handler: attached to a channel once there is one; its `disconnected` follows then.
  ///   - failed: called on the loop, at most once, when there will be none.
  /// - Returns: the attempt, to be cancelled when it takes too long.
  func dial(
    _ handler: any ByteProtocol, _ failed: @escaping (DialError) -> Void
  ) -> any DialAttempt
  /// The `:scheme` of what is sent there.
  var scheme: String { get }
}

extension Dialer {
  package var scheme: String { "http" }
}

/// An attempt to connect that is under way. On its loop only.
package protocol DialAttempt: AnyObject {
  /// Gives up; neither `failed` nor an attachment follows.
  func cancel()
}

/// Why no connection came about.
package enum DialError: Error, Hashable, Sendable {
  case unknownHost(String)
  case failed(SystemError)
  /// The peer did not answer in time, at the last of its addresses.
  case timedOut
  /// One of the two sides refused the other; with the reason.
  case tls(String)
}

extension DialError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownHost(let host): "no address is known for \(host)"
    case .failed(let error): "\(error)"
    case .timedOut: "no answer in time"
    case .tls(let reason): reason
    }
  }
}
