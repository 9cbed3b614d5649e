import StrictJSON

/// A thing that Stripe keeps and shows by its id.
protocol StripeObject: Sendable {
  var id: String { get }
  /// As an answer or an event shows it, nothing expanded.
  var json: JSON { get }
}

/// Objects of one kind by id, in the order in which they came to be.
struct Shelf<Item: StripeObject>: Sendable {
  private var items: [String: Item] = [:]
  private var ids: [String] = []

  subscript(id: String) -> Item? { items[id] }

  var newestFirst: some Sequence<Item> { ids.lazy.reversed().compactMap { items[$0] } }
  var count: Int { ids.count }

  /// Puts an object there, or its newer state in place of the older.
  mutating func put(_ item: Item) {
    if items.updateValue(item, forKey: item.id) == nil { ids.append(item.id) }
  }

  /// Changes one object; nothing happens when there is none of that id.
  mutating func update(_ id: String, _ change: (inout Item) -> Void) {
    guard var item = items[id] else { return }
    change(&item)
    items[id] = item
  }
}

extension JSON {
  static func metadata(_ members: [String: String]) -> JSON {
    var object = JSONObject()
    for (key, value) in members.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
    return .object(object)
  }

  static func integer(orNull value: Int64?) -> JSON { value.map { .integer($0) } ?? .null }
}
