/// Why a transport, or one exchange of it, could not be set up. Nothing was sent then.
package enum CurlError: Error, Hashable, Sendable {
  /// A function of libcurl failed, with its own words for it.
  case curl(function: String, message: String)
  /// No thread could be started; the error number of `pthread_create`.
  case thread(Int32)
}

extension CurlError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .curl(let function, let message): "\(function): \(message)"
    case .thread(let number): "pthread_create: error \(number)"
    }
  }
}
