/// Why credentials are not taken. Only the class: which check failed helps a forger.
public enum CredentialRefusal: String, Error, Sendable, Hashable {
  /// Not of the form that is taken here, or too large.
  case malformed = "CREDENTIAL_MALFORMED"
  /// Well-formed, and not to be trusted: signature, key, issuer or audience.
  case untrusted = "CREDENTIAL_UNTRUSTED"
  /// Trusted once, or not yet.
  case expired = "CREDENTIAL_EXPIRED"
  /// Sent where others may have read it.
  case exposed = "CREDENTIAL_EXPOSED"
  /// None came, and the call needs one.
  case missing = "CREDENTIAL_MISSING"

  /// What helps, for a person.
  public var advice: String {
    switch self {
    case .malformed: "the authorization field is not one bearer token of the form taken here"
    case .untrusted: "the token is not one that this server trusts"
    case .expired: "the token is not valid at this time"
    case .exposed: "a token is taken over TLS, loopback or a Unix-domain socket only"
    case .missing: "the call needs a client certificate or a bearer token"
    }
  }
}
