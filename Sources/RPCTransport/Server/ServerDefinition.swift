package import RPCCore

/// What every connection of a server serves, who stands before it, and within which limits.
package final class ServerDefinition: Sendable {
  package let router: any CallRouter
  /// In the order in which a call passes them.
  package let interceptors: [any ServerInterceptor]
  package let limits: HTTP2Limits
  /// How often peers were shown the door.
  package let protections = ProtectionCounters()
  /// Who did not get through TLS, and why.
  package let tlsRefusals: TLSRefusals

  package init(
    router: any CallRouter, interceptors: [any ServerInterceptor] = [], limits: HTTP2Limits,
    tlsRefusals: TLSRefusals = TLSRefusals()
  ) {
    self.router = router
    self.interceptors = interceptors
    self.limits = limits
    self.tlsRefusals = tlsRefusals
  }
}
