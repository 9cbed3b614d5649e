/// What the command line asks for.
struct InteropOptions: Sendable, Hashable {
  /// Why there is nothing to serve.
  enum Problem: Error, Hashable {
    case wantsHelp
    case notUnderstood(String)
  }

  /// 0 lets the kernel choose.
  private(set) var port: UInt16 = 0
  /// 1 to 64.
  private(set) var loopCount = 1
  /// Where a certificate and its authority are made, for TLS; nil for plaintext.
  private(set) var tlsFolder: String?

  /// - Parameter arguments: without the program's name; a value follows its option as the next word
  ///   or behind `=`, as interop runners write it.
  init(_ arguments: some Sequence<String>) throws(Problem) {
    var rest = arguments.flatMap { word in
      word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }[...]
    var isTLS = false
    while let option = rest.popFirst() {
      switch option {
      case "--help": throw .wantsHelp
      case "--port": port = try Self.number(option, rest.popFirst(), 0...UInt16.max)
      case "--loops": loopCount = Int(try Self.number(option, rest.popFirst(), 1...64))
      case "--tls": isTLS = true
      case "--tls-dir":
        guard let folder = rest.popFirst(), !folder.isEmpty else { throw .notUnderstood(option) }
        tlsFolder = folder
      default: throw .notUnderstood(option)
      }
    }
    // One without the other would serve plaintext to who asked for TLS, or lose what was made.
    guard isTLS == (tlsFolder != nil) else { throw .notUnderstood("--tls and --tls-dir") }
  }

  private static func number(
    _ option: String, _ value: String?, _ range: ClosedRange<UInt16>
  ) throws(Problem) -> UInt16 {
    guard let value, let number = UInt16(value), range.contains(number) else {
      throw .notUnderstood("\(option) \(value ?? "")")
    }
    return number
  }
}
