import RPCCore
import RPCTransport
import SimulatedWorld
import TopUpCore

/// The processor's side of one webhook's connection: a request out, a status in.
///
/// `@unchecked Sendable`: on its loop only.
final class WebhookSender: ByteProtocol, @unchecked Sendable {
  private var output: [UInt8]
  private var input: [UInt8] = []
  private var isFinishedReading = false
  private var report: ((Int?) -> Void)?

  /// - Parameter report: told once, with the status, or nil when none came.
  init(_ delivery: WebhookDelivery, _ report: @escaping (Int?) -> Void) {
    var head = "POST /stripe/webhook HTTP/1.1\r\nhost: localhost\r\n"
    for field in delivery.headers { head += "\(field.name): \(field.value)\r\n" }
    head += "content-length: \(delivery.body.count)\r\n\r\n"
    output = Array(head.utf8) + delivery.body
    self.report = report
  }

  func attach(to channel: any ByteChannel) {}

  func receive(_ bytes: UnsafeRawBufferPointer) {
    unsafe input.append(contentsOf: bytes)
    guard let end = input.firstIndex(of: UInt8(ascii: "\n")), end > 12 else { return }
    finish(Int(String(decoding: input[9..<12], as: UTF8.self)))
  }

  func produce(into buffer: inout ByteBuffer, max: Int) -> Bool {
    unsafe output.withUnsafeBytes { unsafe buffer.append($0) }
    output = []
    return false
  }

  var isFinished: Bool { isFinishedReading }

  func disconnected() { finish(nil) }

  private func finish(_ status: Int?) {
    isFinishedReading = true
    let told = report
    report = nil
    told?(status)
  }
}
