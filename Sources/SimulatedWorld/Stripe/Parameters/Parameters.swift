import TopUpCore

/// Parameters that passed their schema, read by name.
struct Parameters {
  let members: [String: FormValue]

  init(_ members: [String: FormValue]) { self.members = members }

  /// A text that is there and not empty.
  func text(_ name: String) -> String? {
    if case .text(let text) = members[name], !text.isEmpty { text } else { nil }
  }

  /// Whether a text was sent, also an empty one.
  func has(_ name: String) -> Bool { members[name] != nil }

  func integer(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }

  func flag(_ name: String) -> Bool { text(name) == "true" }

  func table(_ name: String) -> Parameters? {
    if case .table(let members) = members[name] { Parameters(members) } else { nil }
  }

  func texts(_ name: String) -> [String] {
    guard case .list(let elements) = members[name] else { return [] }
    return elements.compactMap { if case .text(let text) = $0 { text } else { nil } }
  }

  /// Metadata after this request: an empty value removes its key, an empty whole removes all.
  func metadata(updating old: [String: String] = [:]) -> [String: String] {
    guard let sent = members["metadata"] else { return old }
    guard case .table(let members) = sent else { return [:] }
    var updated = old
    for (key, value) in members {
      if case .text(let text) = value { updated[key] = text.isEmpty ? nil : text }
    }
    return updated
  }

  /// Whether a moment lies in the range under that name; no range holds every moment.
  func admits(_ time: UnixTime, _ name: String) -> Bool {
    if let exact = integer(name) { return time.seconds == exact }
    guard let range = table(name) else { return true }
    return time.seconds > range.integer("gt") ?? .min
      && time.seconds >= range.integer("gte") ?? .min
      && time.seconds < range.integer("lt") ?? .max
      && time.seconds <= range.integer("lte") ?? .max
  }
}
