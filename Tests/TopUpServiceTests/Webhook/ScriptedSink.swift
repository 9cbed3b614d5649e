import RPCTransport
import TestSupport
import TopUpService

/// A sink that answers by script, or waits until the test answers.
///
/// `@unchecked Sendable`: touched on the loop of its test only.
final class ScriptedSink: WebhookSink, @unchecked Sendable {
  private let loop: any EventLoop
  /// What it answers at once; nil has it wait.
  var answer: WebhookAnswer?
  private(set) var deliveries: [WebhookDelivery] = []
  private(set) var wasOnLoop = true
  private var waiting: [CheckedContinuation<WebhookAnswer, Never>] = []

  init(_ answer: WebhookAnswer?, on loop: any EventLoop) {
    self.answer = answer
    self.loop = loop
  }

  func accept(_ delivery: WebhookDelivery) async -> WebhookAnswer {
    wasOnLoop = wasOnLoop && loop.isCurrent
    deliveries.append(delivery)
    if let answer { return answer }
    return await withCheckedContinuation { waiting.append($0) }
  }

  /// Answers the delivery that waits longest.
  func resume(_ answer: WebhookAnswer) {
    guard !waiting.isEmpty else { return }
    waiting.removeFirst().resume(returning: answer)
  }
}
