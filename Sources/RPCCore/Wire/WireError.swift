/// What is wrong with bytes that a peer sent.
package enum WireError: Error, Hashable, Sendable {
  case malformedTimeout
  case malformedBase64
  case unknownFlag(UInt8)
  case messageTooLarge(bytes: Int, max: Int)
  case truncatedMessage
}
