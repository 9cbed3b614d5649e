/// The parameters of a form-encoded request, nested as Stripe nests them: `a[b][c]=v`, `a[0]=v`.
///
/// Stricter than Stripe: a name that stands twice, a list with holes and a name used both for a
/// text and for a table are refused, since each of them is a mistake of the sender.
package indirect enum FormValue: Hashable, Sendable {
  case text(String)
  case list([FormValue])
  case table([String: FormValue])

  /// Nesting beyond this is no request of ours.
  static let depthMax = 6
  static let pairsMax = 1000

  /// - Parameter encoded: `application/x-www-form-urlencoded` text; empty is an empty table.
  /// - Throws: ``FormError`` with the name at fault.
  package static func parse(_ encoded: String) throws(FormError) -> [String: FormValue] {
    var root = Node.table([:])
    guard !encoded.isEmpty else { return [:] }
    let pairs = encoded.split(separator: "&", omittingEmptySubsequences: false)
    guard pairs.count <= pairsMax else { throw FormError(.tooMany, name: "") }
    for pair in pairs {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentText.decode(parts[0], plusIsBlank: true), !name.isEmpty,
        let value = PercentText.decode(parts.count > 1 ? parts[1] : "", plusIsBlank: true)
      else { throw FormError(.badEncoding, name: String(parts[0])) }
      let keys = try path(of: name)
      try root.set(value, at: keys[...], name: name)
    }
    guard case .table(let members) = try root.value(name: "") else { return [:] }
    return members
  }

  /// `a[b][0]` is `["a", "b", "0"]`; `a[]` ends with an empty key.
  private static func path(of name: String) throws(FormError) -> [String] {
    guard let bracket = name.firstIndex(of: "[") else {
      guard !name.contains("]") else { throw FormError(.badName, name: name) }
      return [name]
    }
    var keys = [String(name[..<bracket])]
    var rest = name[bracket...]
    while !rest.isEmpty {
      guard rest.first == "[", let end = rest.firstIndex(of: "]") else {
        throw FormError(.badName, name: name)
      }
      let key = rest[rest.index(after: rest.startIndex)..<end]
      guard !key.contains("[") else { throw FormError(.badName, name: name) }
      keys.append(String(key))
      rest = rest[rest.index(after: end)...]
    }
    guard !keys[0].isEmpty, keys.count <= depthMax, !keys.dropLast().contains("") else {
      throw FormError(.badName, name: name)
    }
    return keys
  }
}

/// Why a form is refused.
package struct FormError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    case badEncoding
    case badName
    case repeated
    case mixed
    case sparseList
    case tooMany
  }

  package let reason: Reason
  package let name: String

  init(_ reason: Reason, name: String) {
    self.reason = reason
    self.name = name
  }
}

/// A value while it is being put together: what is a list shows only once all keys are there.
private indirect enum Node {
  case text(String)
  case table([String: Node])
  case appended([String])

  mutating func set(_ value: String, at keys: ArraySlice<String>, name: String) throws(FormError) {
    guard case .table(var members) = self, let key = keys.first else {
      throw FormError(.mixed, name: name)
    }
    if keys.count == 1 {
      guard members[key] == nil else { throw FormError(.repeated, name: name) }
      members[key] = .text(value)
    } else if keys.count == 2, keys.last == "" {
      switch members[key] {
      case nil: members[key] = .appended([value])
      case .appended(let values): members[key] = .appended(values + [value])
      case .text, .table: throw FormError(.mixed, name: name)
      }
    } else {
      var child = members[key] ?? .table([:])
      try child.set(value, at: keys.dropFirst(), name: name)
      members[key] = child
    }
    self = .table(members)
  }

  func value(name: String) throws(FormError) -> FormValue {
    switch self {
    case .text(let text): return .text(text)
    case .appended(let texts): return .list(texts.map { .text($0) })
    case .table(let members):
      var values: [String: FormValue] = [:]
      // In the order of names, so that the same form is refused for the same reason each time.
      for (key, node) in members.sorted(by: { $0.key < $1.key }) {
        values[key] = try node.value(name: name.isEmpty ? key : "\(name)[\(key)]")
      }
      guard !name.isEmpty, !values.isEmpty, values.keys.allSatisfy({ UInt16($0) != nil }) else {
        return .table(values)
      }
      var elements: [FormValue] = []
      for index in 0..<values.count {
        guard let element = values[String(index)] else { throw FormError(.sparseList, name: name) }
        elements.append(element)
      }
      return .list(elements)
    }
  }
}
