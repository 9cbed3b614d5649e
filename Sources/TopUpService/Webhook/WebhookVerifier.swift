package import TopUpCore

/// Tells whether a body was signed by the processor.
package protocol WebhookVerifier: Sendable {
  /// Checks a delivery's signature and its age.
  ///
  /// Its time may depend on the body's length and on what the sender wrote, never on a secret or
  /// on how much of a signature is right.
  ///
  /// - Parameters:
  ///   - header: the signature header's value; nil when there was none.
  ///   - now: what the age of the signature is measured from, into the past and the future.
  func verify(header: String?, body: [UInt8], now: UnixTime) throws(SignatureFailure)
}

/// Reads a body whose signature was verified.
package protocol WebhookEventDecoder: Sendable {
  func decode(_ body: [UInt8]) throws(UnsupportedDelivery) -> ProcessorEvent
}
