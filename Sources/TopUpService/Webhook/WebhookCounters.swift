/// What a listener has seen since it started; each figure only rises.
package struct WebhookCounters: Hashable, Sendable {
  /// Connections that were opened.
  package var connections: UInt64 = 0
  /// Connections closed as they came because too many were open.
  package var turnedAway: UInt64 = 0
  /// Requests read whole, whatever became of them.
  package var requests: UInt64 = 0
  /// Connections that the peer ended before it had sent a whole request.
  package var brokenOff: UInt64 = 0
  /// Decisions that came too late for anybody to be told.
  package var lateAnswers: UInt64 = 0
  /// Requests answered without asking anybody, by reason.
  package var refusals: [WebhookRefusal: UInt64] = [:]
  /// Decisions of the sink; those that nobody could be told are among them.
  package var answers: [WebhookAnswer: UInt64] = [:]

  package init() {}

  package subscript(refusal: WebhookRefusal) -> UInt64 { refusals[refusal, default: 0] }
  package subscript(answer: WebhookAnswer) -> UInt64 { answers[answer, default: 0] }

  mutating func count(_ refusal: WebhookRefusal) { refusals[refusal, default: 0] += 1 }
  mutating func count(_ answer: WebhookAnswer) { answers[answer, default: 0] += 1 }
}
