internal import RPCServer
internal import TopUpCore

/// Which callers are bound to what: the content of a bindings file.
package struct Bindings: Sendable {
  /// One entry: callers, and what each of them may be about.
  struct Binding: Sendable, Hashable {
    let name: String
    let principals: [TextPattern]
    let grant: Grant
    /// What a principal's asterisk stood for names the source it reports as.
    let sourceIsRest: Bool
    /// The principals with an asterisk at their end, without it.
    let prefixes: [String]
  }

  package let name: String
  let bindings: [Binding]

  /// What a caller may be about; nothing when no binding names it.
  ///
  /// - Parameter principal: nil when nobody proved to be anyone.
  package func grant(of principal: String?) -> Grant {
    guard let principal else { return .nothing }
    var grant = Grant.nothing
    for binding in bindings where binding.principals.contains(where: { $0.matches(principal) }) {
      grant.formUnion(binding.grant)
      guard binding.sourceIsRest else { continue }
      for prefix in binding.prefixes where principal.utf8.starts(with: prefix.utf8) {
        // As bytes: a character may join what stands before it.
        let rest = String(decoding: principal.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        if !rest.isEmpty { grant.sources.formUnion(.only([ExactText(rest)])) }
      }
    }
    return grant
  }
}
