/// What the command line asks for.
struct Options {
  static let usage = """
    usage: protogen --descriptor-set IN --rewritten-set OUT --module NAME --c-module NAME
      --swift-out DIR --c-out DIR --file PROTO... [--prefix PACKAGE=PREFIX]...
      [--imported PACKAGE=MODULE]... [--request-bytes-max PACKAGE=COUNT]...
    """

  /// The set that protoc wrote, imports and source information included.
  private(set) var descriptorSet = ""
  /// Where the set for protoc-c goes.
  private(set) var rewrittenSet = ""
  private(set) var module = ""
  private(set) var cModule = ""
  private(set) var swiftOut = ""
  private(set) var cOut = ""
  /// The files to generate, by the names they are imported under.
  private(set) var files: [String] = []
  /// What Swift names of a package's types begin with.
  private(set) var prefixes: [String: String] = [:]
  /// The Swift modules that hold the types of imported packages.
  private(set) var importedModules: [String: String] = [:]
  /// The largest request, in bytes, of a package's methods.
  private(set) var requestBytesMax: [String: Int] = [:]

  init(_ arguments: [String]) throws(ProtogenError) {
    var rest = arguments[...]
    while let flag = rest.popFirst() {
      guard let value = rest.popFirst() else { throw .usage("\(flag) needs a value") }
      switch flag {
      case "--descriptor-set": descriptorSet = value
      case "--rewritten-set": rewrittenSet = value
      case "--module": module = value
      case "--c-module": cModule = value
      case "--swift-out": swiftOut = value
      case "--c-out": cOut = value
      case "--file": files.append(value)
      case "--prefix":
        let (package, prefix) = try Self.pair(value)
        prefixes[package] = prefix
      case "--imported":
        let (package, module) = try Self.pair(value)
        importedModules[package] = module
      case "--request-bytes-max":
        let (package, text) = try Self.pair(value)
        guard let count = Int(text), count > 0 else { throw .usage("\(flag): \(text)") }
        requestBytesMax[package] = count
      default: throw .usage("unknown flag \(flag)\n\(Self.usage)")
      }
    }
    guard ![descriptorSet, rewrittenSet, module, cModule, swiftOut, cOut].contains(""),
      !files.isEmpty
    else { throw .usage(Self.usage) }
  }

  private static func pair(_ text: String) throws(ProtogenError) -> (String, String) {
    guard let index = text.firstIndex(of: "=") else { throw .usage("\(text): no =") }
    return (String(text[..<index]), String(text[text.index(after: index)...]))
  }
}
