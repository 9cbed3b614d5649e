import InteropAPI
import RPCCore

extension EchoStatus {
  /// Ends the call as the caller wishes, with any code that can travel.
  ///
  /// - Throws: the status; INVALID_ARGUMENT for a negative code.
  func throwUnlessOK() throws(RPCError) {
    guard let code = UInt32(exactly: code) else {
      throw RPCError(.invalidArgument, "\(code) is no status code")
    }
    if code != 0 { throw RPCError(StatusCode(rawValue: code), message) }
  }
}
