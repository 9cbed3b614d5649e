internal import TopUpCore

/// What the engine looks at when: the earliest first, each thing once.
///
/// Sweeps come before top-ups, however long those have been due: there are four, and one of them lets
/// all that is waiting go on.
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

  /// When each sweep is due, in the order in which they were set.
  private var sweeps: [(work: Work, due: UnixTime)] = []
  private var heap: [Item] = []
  private var standing: [Work: (ticket: UInt64, due: UnixTime)] = [:]
  private var nextTicket: UInt64 = 0

  /// When the next thing is due; of sweeps alone where top-ups have to wait.
  mutating func earliest(withTopUps: Bool) -> UnixTime? {
    dropStale()
    return [sweeps.map(\.due).min(), withTopUps ? heap.first?.due : nil].compactMap(\.self).min()
  }

  /// Has something looked at then, or when it was to be already if that is earlier.
  mutating func set(_ work: Work, at due: UnixTime) {
    guard case .topUp = work else { return setSweep(work, at: due) }
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

  private mutating func setSweep(_ work: Work, at due: UnixTime) {
    if let index = sweeps.firstIndex(where: { $0.work == work }) {
      guard sweeps[index].due > due else { return }
      sweeps.remove(at: index)
    }
    sweeps.append((work, due))
  }

  /// Has everything looked at then that would be later.
  mutating func pull(to due: UnixTime) {
    for sweep in sweeps where sweep.due > due { setSweep(sweep.work, at: due) }
    for (work, item) in standing.sorted(by: { $0.value.ticket < $1.value.ticket })
    where item.due > due { set(work, at: due) }
  }

  /// - Parameter withTopUps: false leaves top-ups where they are.
  mutating func popDue(_ now: UnixTime, withTopUps: Bool) -> Work? {
    let due = sweeps.indices.filter { sweeps[$0].due <= now }
    if let next = due.min(by: { sweeps[$0].due < sweeps[$1].due }) {
      return sweeps.remove(at: next).work
    }
    guard withTopUps else { return nil }
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
