/// What an operator wants done with a top-up that waits for a person (invariant 52).
package struct ReviewAction: Sendable, Hashable {
  package enum Verb: Sendable, Hashable {
    /// It goes on where it was parked; what may have been sent is asked about first.
    case resume
    /// The price that moved too far is accepted, or the hold ended, and it goes on.
    case release
    /// What is held is given back, once its order is known to be dead.
    case refund
    /// It ends by a person's word.
    case resolve(Outcome)
  }

  package enum Outcome: Sendable, Hashable {
    /// What was bought has reached the account by other means.
    /// - Parameter evidence: what proves it, such as an extrinsic's hash.
    case delivered(evidence: String)
    /// Its order will deliver nothing, though the ramp cannot be told to: what is held is given back.
    /// - Parameter evidence: who says so at the ramp, such as the name of a ticket.
    case undelivered(evidence: String)
    /// What is held will neither be delivered nor given back.
    case lost
  }

  package var verb: Verb
  /// The person or service, such as `ops:maria`.
  package var actor: String
  /// Why, in a sentence.
  package var reason: String

  package init(_ verb: Verb, actor: String, reason: String) {
    self.verb = verb
    self.actor = actor
    self.reason = reason
  }

  /// What came of it, with who wanted it and why, for the record.
  func signed(_ cause: String) -> String { "\(verb.name) by \(actor), \(reason): \(cause)" }
}

extension ReviewAction.Verb {
  /// Its name in records, with the outcome; the evidence is no part of it.
  package var name: String {
    switch self {
    case .resume: "resume"
    case .release: "release"
    case .refund: "refund"
    case .resolve(.delivered): "resolve:delivered"
    case .resolve(.undelivered): "resolve:undelivered"
    case .resolve(.lost): "resolve:lost"
    }
  }

  /// What it says became of the order.
  package var evidence: String? {
    switch self {
    case .resolve(.delivered(let evidence)), .resolve(.undelivered(let evidence)): evidence
    case .resume, .release, .refund, .resolve(.lost): nil
    }
  }

  /// Whether it decides where money ends up: those are what a second person may have to agree to.
  package var decidesMoney: Bool {
    switch self {
    case .refund, .resolve: true
    case .resume, .release: false
    }
  }
}
