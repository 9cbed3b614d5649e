package import TopUpCore

/// Tells whether a body was signed by the processor.
package protocol WebhookVerifier: Sendable {
  /// Checks a delivery's signature and its age.
  ///
  /// Does the same work whatever is wrong, so that its time tells nothing.
  ///
  /// - Parameters:
  ///   - signature: the header's value; empty when there was none.
  ///   - now: what the age of the signature is measured from, into the past and the future.
  func verify(signature: String, body: [UInt8], now: UnixTime) throws(SignatureFailure)
}

/// Reads a signed body.
package protocol WebhookEventDecoder: Sendable {
  /// - Returns: nil when the body is no event of a form that is known.
  func decode(_ body: [UInt8]) -> ProcessorEvent?
}
