/// Told of each message of a call as it passes, on the call's own executor.
public protocol MessageMeter: AnyObject, Sendable {
  /// The method has taken a message.
  func messageReceived()
  /// The method has given a message out; it may still wait for the caller's window.
  func messageSent()
}
