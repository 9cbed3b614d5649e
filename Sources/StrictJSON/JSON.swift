/// A JSON value (RFC 8259) that keeps what the text said.
///
/// Numbers stay decimal text: an amount never passes through a float (invariant 23). Members keep
/// their order, so that what is written is the same bytes each time.
public enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  /// Exactly the digits of the text, such as `-1`, `2500` or `1.5e3`.
  case number(String)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

/// The members of an object, in order; no name stands twice.
public struct JSONObject: Sendable, Hashable {
  /// One member.
  public struct Member: Sendable, Hashable {
    public let name: String
    public var value: JSON
  }

  public private(set) var members: [Member] = []

  public init() {}

  /// The value under a name. Setting a name that is new puts it last; setting nil removes it.
  public subscript(name: String) -> JSON? {
    get { members.first { $0.name == name }?.value }
    set {
      if let index = members.firstIndex(where: { $0.name == name }) {
        if let newValue { members[index].value = newValue } else { members.remove(at: index) }
      } else if let newValue {
        members.append(Member(name: name, value: newValue))
      }
    }
  }

  /// Adds a member whose name is known to be new.
  mutating func appendUnique(name: String, value: JSON) {
    members.append(Member(name: name, value: value))
  }
}

// MARK: - Reading values

extension JSON {
  /// The member of that name; nil when there is none, it is null, or this is no object.
  public subscript(name: String) -> JSON? {
    guard case .object(let object) = self, let value = object[name], value != .null else {
      return nil
    }
    return value
  }

  /// The text of a string.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// A number that is whole and fits; nil for `1.0`, `1e3` and everything that is no number.
  public var int64: Int64? {
    if case .number(let digits) = self { Int64(digits) } else { nil }
  }

  /// A truth value.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements of an array.
  public var array: [JSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members of an object.
  public var object: JSONObject? {
    if case .object(let object) = self { object } else { nil }
  }
}

// MARK: - Writing values down

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  public init(stringLiteral text: String) { self = .string(text) }
  public init(integerLiteral value: Int64) { self = .number(String(value)) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(nilLiteral: ()) { self = .null }

  /// An object; of two members with one name the later stands.
  public init(dictionaryLiteral members: (String, JSON)...) {
    var object = JSONObject()
    for (name, value) in members { object[name] = value }
    self = .object(object)
  }

  /// A whole number.
  public static func integer(_ value: some BinaryInteger) -> JSON { .number(String(value)) }

  /// A string, or null.
  public static func string(orNull text: String?) -> JSON { text.map { .string($0) } ?? .null }
}
