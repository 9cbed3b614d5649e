internal import TopUpCore

/// What the engine looks at when: the earliest first, each thing once.
struct Schedule {
  enum Work: Hashable, Sendable {
    case topUp(TopUpID)
    case evaluations
    case inbox
    /// The processor's events that webhooks did not bring.
    case events
    /// The three books, compared.
    case books
  }

  private struct Item {
    let due: UnixTime
    let work: Work
    /// Tells an item that was moved from the one that stands.
    let ticket: UInt64
  }

  private var heap: [Item] = []
  private var standing: [Work: (ticket: UInt64, due: UnixTime)] = [:]
  private var nextTicket: UInt64 = 0

  var earliest: UnixTime? {
    mutating get {
      dropStale()
      return heap.first?.due
    }
  }

  /// Has something looked at then, or when it was to be already if that is earlier.
  mutating func set(_ work: Work, at due: UnixTime) {
    if let other = standing[work], other.due <= due { return }
    nextTicket += 1
    standing[work] = (nextTicket, due)
    heap.append(Item(due: due, work: work, ticket: nextTicket))
    var index = heap.count - 1
    while index > 0, heap[index].due < heap[(index - 1) / 2].due {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Has everything looked at then that would be later.
  mutating func pull(to due: UnixTime) {
    for (work, item) in standing.sorted(by: { $0.value.ticket < $1.value.ticket })
    where item.due > due { set(work, at: due) }
  }

  mutating func popDue(_ now: UnixTime) -> Work? {
    dropStale()
    guard let first = heap.first, first.due <= now else { return nil }
    removeFirst()
    standing[first.work] = nil
    return first.work
  }

  private mutating func dropStale() {
    while let first = heap.first, standing[first.work]?.ticket != first.ticket { removeFirst() }
  }

  private mutating func removeFirst() {
    let last = heap.removeLast()
    guard !heap.isEmpty else { return }
    heap[0] = last
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < heap.count && heap[child].due < heap[least].due {
        least = child
      }
      guard least != index else { return }
      heap.swapAt(index, least)
      index = least
    }
  }
}
