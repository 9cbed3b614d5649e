internal import ArgumentParser

/// The idempotency key of a call that changes something.
struct KeyOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The idempotency key; a random one is made and printed on standard error when missing. "
        + "The same key with the same request never acts twice.",
      valueName: "key"))
  var key: String?

  /// The key to send; one that was made here is told, so that the call can be repeated.
  func key(telling console: Console) -> String {
    if let key { return key }
    let made = Self.random()
    console.note("key: \(made)")
    return made
  }

  /// 16 bytes of the kernel's generator as 32 hexadecimal digits.
  static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
