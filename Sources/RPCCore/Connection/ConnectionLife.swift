/// How long a server keeps a connection, and when it looks whether the peer is still there.
///
/// A pure machine: told what happens and what time it is, it says what to do and when to be asked
/// again. It holds no timer, and one timer of the connection serves all of its deadlines.
/// - Source: gRFC A9; facts of slow-read and slow-header attacks, RFC 9113 §10.5.
package struct ConnectionLife: Sendable {
  package struct Limits: Sendable, Hashable {
    /// From the connection's first moment to the client's SETTINGS.
    package var preface: Duration = .seconds(5)
    /// Without a call for this long it is closed with `max_idle`; nil means never.
    package var idleMax: Duration?
    /// This old it is closed with `max_age`, give or take a tenth; nil means never.
    package var ageMax: Duration?
    /// What calls then have left; nil means as long as they like.
    package var ageGrace: Duration?
    /// Without a byte for this long the peer is pinged.
    package var keepaliveInterval: Duration = .seconds(7200)
    /// Without a byte for this long after the ping it is gone.
    package var keepaliveTimeout: Duration = .seconds(20)

    package init() {}
  }

  /// What the connection is to do now.
  package enum Action: Hashable, Sendable {
    /// The peer never said what it is.
    case close
    /// No answer to a ping: close, and cancel its calls.
    case giveUp
    case ping
    /// Drain, and say why.
    case drain(String)
    /// The grace is over: close, and cancel what is left.
    case endCalls
  }

  private let limits: Limits
  private let openedAt: MonotonicInstant
  private let ageEnd: MonotonicInstant?
  private var hasPreface = false
  private var lastReadAt: MonotonicInstant
  private var pingedAt: MonotonicInstant?
  /// Nil while calls are open.
  private var idleSince: MonotonicInstant?
  private var isDraining = false
  private var graceEnd: MonotonicInstant?

  /// - Parameter jitter: where in the tenth either way the age ends; -1 to 1.
  package init(_ limits: Limits, now: MonotonicInstant, jitter: Int64, of jitterMax: Int64) {
    self.limits = limits
    openedAt = now
    lastReadAt = now
    idleSince = now
    ageEnd = limits.ageMax.map { age in
      let tenth = age.nanoseconds / 10
      let shift = jitterMax == 0 ? 0 : tenth / jitterMax * jitter
      return now.advanced(byNanoseconds: age.nanoseconds).advanced(byNanoseconds: shift)
    }
  }

  // MARK: What happens

  package mutating func prefaceReceived() { hasPreface = true }

  package mutating func bytesReceived(now: MonotonicInstant) {
    lastReadAt = now
    pingedAt = nil
  }

  package mutating func callStarted() { idleSince = nil }

  package mutating func lastCallEnded(now: MonotonicInstant) { idleSince = now }

  /// The connection drains for a reason of its owner's.
  package mutating func drainBegan() { isDraining = true }

  // MARK: What follows

  /// What is due; asked again until it is nil.
  package mutating func actionDue(now: MonotonicInstant) -> Action? {
    if !hasPreface, now >= openedAt.advanced(by: limits.preface) { return .close }
    if let pingedAt, now >= pingedAt.advanced(by: limits.keepaliveTimeout) { return .giveUp }
    if let graceEnd, now >= graceEnd {
      self.graceEnd = nil
      return .endCalls
    }
    if !isDraining, let ageEnd, now >= ageEnd {
      isDraining = true
      graceEnd = limits.ageGrace.map { now.advanced(by: $0) }
      return .drain("max_age")
    }
    if !isDraining, let idleSince, let idleMax = limits.idleMax,
      now >= idleSince.advanced(by: idleMax)
    {
      isDraining = true
      return .drain("max_idle")
    }
    if pingedAt == nil, now >= lastReadAt.advanced(by: limits.keepaliveInterval) {
      pingedAt = now
      return .ping
    }
    return nil
  }

  /// When something is due next, unless something happens first.
  package var nextDue: MonotonicInstant {
    var next = lastReadAt.advanced(by: limits.keepaliveInterval)
    if let pingedAt { next = pingedAt.advanced(by: limits.keepaliveTimeout) }
    if !hasPreface { next = min(next, openedAt.advanced(by: limits.preface)) }
    if let graceEnd { next = min(next, graceEnd) }
    guard !isDraining else { return next }
    if let ageEnd { next = min(next, ageEnd) }
    if let idleSince, let idleMax = limits.idleMax {
      next = min(next, idleSince.advanced(by: idleMax))
    }
    return next
  }
}
