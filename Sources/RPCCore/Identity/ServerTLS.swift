/// How a server proves itself, and whether its callers must: files, read at the start and again
/// when they are reloaded.
public struct ServerTLS: Sendable, Hashable {
  /// Whether callers prove who they are by a certificate.
  public enum ClientCertificates: String, Sendable, Hashable, CaseIterable {
    /// None is asked for.
    case none
    /// One is asked for; a caller without one is anonymous, one with a bad one is refused.
    case request
    /// A caller without one is refused.
    case require
  }

  /// The server's certificate and those between it and the root, in PEM, its own first.
  public var certificateFile: String
  /// Its private key in PEM, without a passphrase.
  public var keyFile: String
  /// The authorities that may issue client certificates, in PEM.
  public var clientAuthoritiesFile: String?
  public var clientCertificates: ClientCertificates

  /// - Parameter clientCertificates: nil requires them when there is a file of authorities.
  public init(
    certificateFile: String, keyFile: String, clientAuthoritiesFile: String? = nil,
    clientCertificates: ClientCertificates? = nil
  ) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    self.clientAuthoritiesFile = clientAuthoritiesFile
    self.clientCertificates =
      clientCertificates ?? (clientAuthoritiesFile == nil ? .none : .require)
  }
}
