/// Why TLS could not be set up; what was in use before goes on.
public enum TLSError: Error, Sendable, Hashable {
  /// A file is missing, unreadable, or not what it should hold.
  case badCertificate(file: String, reason: String)
  case badKey(file: String, reason: String)
  case badAuthorities(file: String, reason: String)
  /// The key is another certificate's: half of a replacement, perhaps.
  case keyMismatch(certificate: String, key: String)
  /// Client certificates are asked for, and nothing says who may issue them.
  case noClientAuthorities
  /// One of certificate and key is given, and the other is not.
  case incompletePair
  /// The server was started without TLS.
  case notInUse
  case library(String)
}

extension TLSError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badCertificate(let file, let reason): "certificate \(file): \(reason)"
    case .badKey(let file, let reason): "private key \(file): \(reason)"
    case .badAuthorities(let file, let reason): "certificate authorities \(file): \(reason)"
    case .keyMismatch(let certificate, let key):
      "the private key \(key) does not belong to the certificate \(certificate)"
    case .noClientAuthorities:
      "client certificates are asked for, but no file says which authorities may issue them"
    case .incompletePair: "a certificate and its private key are needed together"
    case .notInUse: "the server was started without TLS"
    case .library(let reason): "OpenSSL: \(reason)"
    }
  }
}
