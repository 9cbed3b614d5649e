internal import RPCServer
internal import StrictJSON
internal import TopUpCore

/// Why a text is no bindings file: the place, such as `bindings[1].clusters[0]`, and the problem.
package struct BindingsError: Error, Sendable, Hashable, CustomStringConvertible {
  package let path: String
  package let problem: String

  package var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}

extension Bindings {
  /// Stands in a list for all there are.
  private static let all = "*"
  /// Stands among sources for what the principal's asterisk stood for.
  private static let rest = "{rest}"

  /// Reads a bindings file.
  ///
  /// Strict: a key that is not known, a list that is there but empty and a binding that binds to
  /// nothing are errors, for each would mean something else than its author read.
  /// - Throws: ``BindingsError`` with the place of the first fault.
  package init(parsing text: [UInt8]) throws(BindingsError) {
    do throws(AuthorizationPolicyError) { self = try Self.parse(text) } catch {
      throw BindingsError(path: error.path, problem: error.problem)
    }
  }

  private static func parse(_ text: [UInt8]) throws(AuthorizationPolicyError) -> Bindings {
    let json: JSON
    do throws(JSONError) { json = try JSON(parsing: text) } catch {
      throw AuthorizationPolicyError("", "\(error)")
    }
    let root = try PolicyObject(json, "", knows: ["name", "bindings"])
    guard let items = try root.list("bindings") else {
      throw AuthorizationPolicyError("bindings", "is required: nobody could act for anyone")
    }
    var bindings: [Binding] = []
    for item in items {
      let binding = try Self.binding(item)
      guard !bindings.contains(where: { $0.name == binding.name }) else {
        throw AuthorizationPolicyError("\(item.path).name", "stands twice: \(binding.name)")
      }
      bindings.append(binding)
    }
    return Bindings(name: try root.text("name"), bindings: bindings)
  }

  private static func binding(
    _ item: PolicyObject.Item
  ) throws(AuthorizationPolicyError) -> Binding {
    let object = try PolicyObject(
      item.value, item.path,
      knows: ["name", "principals", "tenants", "clusters", "accounts", "sources", "service"])
    let name = try object.text("name")
    guard let principals = try object.patterns("principals") else {
      throw AuthorizationPolicyError("\(item.path).principals", "is required")
    }
    let written = try texts(object, "principals").map(\.text)
    // A caller must not be able to choose a name that ends as another's does.
    if let index = written.firstIndex(where: { $0.hasPrefix(all) }) {
      throw AuthorizationPolicyError(
        "\(item.path).principals[\(index)]", "must be a name, or the beginning of names and *")
    }
    var grant = Grant()
    grant.tenants = try scope(object, "tenants") { text, place throws(AuthorizationPolicyError) in
      try printable(text, place)
    }
    grant.clusters = try scope(object, "clusters") { text, place throws(AuthorizationPolicyError) in
      try cluster(text, place)
    }
    let sources = try texts(object, "sources")
    grant.sources = try scope(sources.filter { $0.text != rest }) {
      text, place throws(AuthorizationPolicyError) in try printable(text, place)
    }
    grant.accounts = try accounts(object)
    grant.isService = try object.flag("service")
    let prefixes = written.filter { $0.hasSuffix(all) }.map { String($0.dropLast()) }
    let mark = sources.first { $0.text == rest }
    if let mark, prefixes.count != written.count {
      throw AuthorizationPolicyError(
        mark.path, "\(rest) needs an asterisk at the end of each principal")
    }
    guard grant != .nothing || mark != nil else {
      throw AuthorizationPolicyError(
        item.path, "binds to nothing: tenants, clusters, accounts, sources or service is needed")
    }
    return Binding(
      name: name, principals: principals, grant: grant, sourceIsRest: mark != nil,
      prefixes: prefixes)
  }

  // MARK: Lists

  private struct Text {
    let text: String
    let path: String
  }

  private static func texts(
    _ object: PolicyObject, _ name: String
  ) throws(AuthorizationPolicyError) -> [Text] {
    var texts: [Text] = []
    for item in try object.list(name) ?? [] {
      guard case .string(let text) = item.value, !text.isEmpty else {
        throw AuthorizationPolicyError(item.path, "must be a text that is not empty")
      }
      texts.append(Text(text: text, path: item.path))
    }
    return texts
  }

  private static func scope<Name>(
    _ object: PolicyObject, _ name: String,
    _ read: (String, String) throws(AuthorizationPolicyError) -> Name
  ) throws(AuthorizationPolicyError) -> Grant.Scope<Name> {
    try scope(try texts(object, name), read)
  }

  private static func scope<Name>(
    _ texts: [Text], _ read: (String, String) throws(AuthorizationPolicyError) -> Name
  ) throws(AuthorizationPolicyError) -> Grant.Scope<Name> {
    if let star = texts.first(where: { $0.text == all }) {
      guard texts.count == 1 else {
        throw AuthorizationPolicyError(star.path, "\(all) stands alone: it is all there are")
      }
      return .all
    }
    var names: Set<Name> = []
    for text in texts {
      guard names.insert(try read(text.text, text.path)).inserted else {
        throw AuthorizationPolicyError(text.path, "stands twice: \(text.text)")
      }
    }
    return .only(names)
  }

  /// A name as requests may carry it; an asterisk in it would look like a pattern and be none.
  private static func printable(
    _ text: String, _ path: String
  ) throws(AuthorizationPolicyError) -> ExactText {
    let isPrintable = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    guard isPrintable, text.utf8.count <= 128, !text.utf8.contains(UInt8(ascii: "*")) else {
      throw AuthorizationPolicyError(
        path, "must be 1 to 128 bytes of printable text without asterisks, or * alone")
    }
    return ExactText(text)
  }

  private static func cluster(
    _ text: String, _ path: String
  ) throws(AuthorizationPolicyError) -> ClusterID {
    guard let cluster = ClusterID(hex: text) else {
      throw AuthorizationPolicyError(path, "must be 0x and 40 hexadecimal digits, or * alone")
    }
    return cluster
  }

  private static func accounts(
    _ object: PolicyObject
  ) throws(AuthorizationPolicyError) -> Set<DDCAccount> {
    var accounts: Set<DDCAccount> = []
    for item in try object.list("accounts") ?? [] {
      let entry = try PolicyObject(item.value, item.path, knows: ["cluster_id", "owner"])
      let cluster = try cluster(try entry.text("cluster_id"), "\(item.path).cluster_id")
      let text = try entry.text("owner")
      let owner: AccountID32
      do throws(SS58Error) { owner = try AccountID32(text: text, accepting: .cereAndGeneric) } catch
      { throw AuthorizationPolicyError("\(item.path).owner", "\(error)") }
      guard accounts.insert(DDCAccount(cluster: cluster, owner: owner)).inserted else {
        throw AuthorizationPolicyError(item.path, "stands twice")
      }
    }
    return accounts
  }
}
