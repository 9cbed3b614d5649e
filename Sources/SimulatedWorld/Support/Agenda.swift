import TopUpCore

/// Things to do at moments to come; those of one moment in the order they were put.
struct Agenda<Item: Sendable>: Sendable {
  private struct Entry: Sendable {
    let time: UnixTime
    let item: Item
  }

  /// Latest first, so that the next one is taken from the end.
  private var entries: [Entry] = []

  var next: UnixTime? { entries.last?.time }

  mutating func put(_ item: Item, at time: UnixTime) {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      // Everything at the same moment that came before stays nearer the end.
      if entries[middle].time > time { low = middle + 1 } else { high = middle }
    }
    entries.insert(Entry(time: time, item: item), at: low)
  }

  /// Takes the next thing that is due.
  mutating func pop(until now: UnixTime) -> (UnixTime, Item)? {
    guard let last = entries.last, last.time <= now else { return nil }
    entries.removeLast()
    return (last.time, last.item)
  }
}
