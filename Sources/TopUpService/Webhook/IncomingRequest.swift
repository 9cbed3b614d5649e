/// A request that was read whole: of its head only what somebody asks for.
package struct IncomingRequest: Hashable, Sendable {
  package let host: [UInt8]
  package let contentType: [UInt8]
  /// The value of Stripe-Signature; nil when the field is not there.
  package let signature: [UInt8]?
  /// Exactly the bytes that came: a signature covers them (facts/stripe §7).
  package let body: [UInt8]
}
