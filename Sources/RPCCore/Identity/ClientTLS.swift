/// Whom a client trusts, and how it proves itself.
public struct ClientTLS: Sendable, Hashable {
  /// The authorities that are trusted, in PEM; nil: the system's.
  public var authoritiesFile: String?
  /// The client's certificate and those between it and the root, in PEM, its own first.
  public var certificateFile: String?
  /// Its private key in PEM, without a passphrase.
  public var keyFile: String?
  /// The name, or numeric address, that the server's certificate must bear; nil: the host that is
  /// connected to.
  public var serverName: String?

  public init(
    authoritiesFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil,
    serverName: String? = nil
  ) {
    self.authoritiesFile = authoritiesFile
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    self.serverName = serverName
  }
}
