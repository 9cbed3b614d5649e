import StrictJSON
import TopUpCore
import TopUpService

/// The other texts that strangers send.
enum TextFuzz {
  private static let rules = try? HTTPRequestRules(
    path: "/stripe/webhook", hosts: ["127.0.0.1:8080"], bodyBytesMax: 4096, headBytesMax: 2048)

  static func webhook(_ bytes: [UInt8]) {
    guard let rules else { return expect(false, "the rules are in order") }
    var whole = HTTPRequestParser(rules)
    let verdict = whole.receive(bytes)
    var parser = HTTPRequestParser(rules)
    var progress = parser.receive([UInt8]())
    for byte in bytes {
      progress = parser.receive(CollectionOfOne(byte))
      switch progress {
      case .readingHead, .readingBody: continue
      case .complete, .refused: break
      }
      break
    }
    expect(progress == verdict, "it does not matter in which pieces a request comes")
  }

  static func json(_ bytes: [UInt8]) {
    guard let value = try? JSON(parsing: bytes) else { return }
    guard let again = try? JSON(parsing: value.utf8) else {
      return expect(false, "what is written can be read")
    }
    expect(again == value, "and says the same")
  }

  static func address(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let address = try? SS58.address(text, accepting: .every) else { return }
    expect(SS58.text(address.account, prefix: address.prefix) == text, "one text for one account")
  }
}
