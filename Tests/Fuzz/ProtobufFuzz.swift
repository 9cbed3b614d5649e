import KitchenSink
import ProtobufRuntime
import StrictJSON
import TopUpAPI

/// The pre-scan and protobuf-c behind it, by messages of every shape.
enum ProtobufFuzz {
  /// The first byte chooses the message.
  static func run(_ bytes: [UInt8]) {
    guard let choice = bytes.first else { return }
    let body = Array(bytes.dropFirst())
    switch choice % 6 {
    case 0: check(CreateTopUpRequest.self, body)
    case 1: check(SetPolicyRequest.self, body)
    case 2: check(StreamLowBalanceRequest.self, body)
    case 3: check(ReportLowBalanceRequest.self, body)
    case 4: check(AddPaymentMethodRequest.self, body)
    default: check(KitchenSink.self, body)
    }
  }

  private static func check<Message: ProtobufMessage>(_ type: Message.Type, _ bytes: [UInt8]) {
    guard let message = try? Message(serializedBytes: bytes) else { return }
    let written = message.serializedBytes
    guard let again = try? Message(serializedBytes: written) else {
      return expect(false, "what was read and written can be read again")
    }
    // By bytes: a NaN is not equal to itself.
    expect(again.serializedBytes == written, "a second reading changes nothing")
    expect((try? JSON(parsing: message.json.utf8)) != nil, "every message has its JSON")
  }
}
