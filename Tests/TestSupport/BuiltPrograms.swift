/// Where the build put the programs that tests start.
package enum BuiltPrograms {
  /// The folder that holds the test bundle, and so every executable product.
  package static let folder: String = {
    guard let bundle = CommandLine.arguments.first(where: { $0.contains(".xctest") }),
      let slash = bundle.range(of: "/", searchingBackwardsFrom: ".xctest")
    else { return PythonPeer.root + "/.build/debug" }
    return String(bundle[..<slash])
  }()
}

extension String {
  /// The last slash before a marker.
  fileprivate func range(of slash: Character, searchingBackwardsFrom marker: String) -> Index? {
    guard let end = firstRange(of: marker)?.lowerBound else { return nil }
    return self[..<end].lastIndex(of: slash)
  }
}
