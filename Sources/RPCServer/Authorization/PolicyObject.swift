package import StrictJSON

/// An object of a policy file, read by name; it knows where it stands.
package struct PolicyObject {
  /// An element of a list, and its place.
  package struct Item {
    package let value: JSON
    package let path: String
  }

  private let object: JSONObject
  private let path: String

  /// - Throws: when it is no object, or has a key that is not known.
  package init(
    _ json: JSON, _ path: String, knows names: Set<String>
  ) throws(AuthorizationPolicyError) {
    guard case .object(let object) = json else {
      throw AuthorizationPolicyError(path, "must be an object")
    }
    self.object = object
    self.path = path
    for member in object.members where !names.contains(member.name) {
      throw AuthorizationPolicyError(place(member.name), "is not a known key")
    }
  }

  private func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  package func has(_ name: String) -> Bool { object[name] != nil }

  package func text(_ name: String) throws(AuthorizationPolicyError) -> String {
    guard case .string(let text) = object[name], !text.isEmpty else {
      throw AuthorizationPolicyError(place(name), "must be a text that is not empty")
    }
    return text
  }

  package func flag(_ name: String) throws(AuthorizationPolicyError) -> Bool {
    guard let value = object[name] else { return false }
    guard case .bool(let flag) = value else {
      throw AuthorizationPolicyError(place(name), "must be true or false")
    }
    return flag
  }

  package func object(
    _ name: String, knows names: Set<String>
  ) throws(AuthorizationPolicyError) -> PolicyObject? {
    guard let value = object[name] else { return nil }
    return try PolicyObject(value, place(name), knows: names)
  }

  /// - Returns: nil when there is none; never an empty list.
  package func list(_ name: String) throws(AuthorizationPolicyError) -> [Item]? {
    guard let value = object[name] else { return nil }
    guard case .array(let elements) = value, !elements.isEmpty else {
      throw AuthorizationPolicyError(place(name), "must be a list that is not empty")
    }
    return elements.enumerated().map { Item(value: $1, path: "\(place(name))[\($0)]") }
  }

  package func patterns(_ name: String) throws(AuthorizationPolicyError) -> [TextPattern]? {
    guard let items = try list(name) else { return nil }
    var patterns: [TextPattern] = []
    for item in items {
      guard case .string(let text) = item.value, let pattern = TextPattern(text) else {
        throw AuthorizationPolicyError(
          item.path, "must be a text, with an asterisk at its beginning or its end at most")
      }
      patterns.append(pattern)
    }
    return patterns
  }
}
