internal import RPCCore

/// A call that the server, or the way to it, refused.
struct CallFailure: Error {
  let error: RPCError
  let method: String
  let address: ServerAddress
  /// The idempotency key that the call carried: with it the call may be made again.
  let idempotencyKey: String?
}

/// A command line that parses and yet cannot be right.
struct UsageError: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// An end that is no error of a call: what was to be seen has been printed.
struct Unsuccessful: Error {
  /// For standard error; nil when all has been said.
  let message: String?

  init(_ message: String? = nil) { self.message = message }
}
