/// How a stream of the server ended, for ``ConnectionTraffic``.
struct StreamEnd {
  /// What became of the call on it.
  enum Call {
    case succeeded
    case failed
    /// It carried none.
    case none
  }

  /// Whether both sides said all they had to say.
  var isInOrder = false
  var call = Call.failed
}
