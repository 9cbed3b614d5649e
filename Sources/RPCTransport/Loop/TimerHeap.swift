package import RPCCore

/// Armed timers, earliest first: a binary heap in which each timer knows its place, so that
/// disarming one costs as little as arming it.
package struct TimerHeap {
  private var timers: [LoopTimer] = []

  package init() {}

  package var isEmpty: Bool { timers.isEmpty }
  package var earliest: MonotonicInstant? { timers.first?.deadline }

  package mutating func insert(_ timer: LoopTimer, at deadline: MonotonicInstant) {
    if timer.isArmed { remove(timer) }
    timer.deadline = deadline
    timer.heapIndex = timers.count
    timers.append(timer)
    siftUp(timer.heapIndex)
  }

  package mutating func remove(_ timer: LoopTimer) {
    let index = timer.heapIndex
    guard index >= 0 else { return }
    let last = timers.removeLast()
    timer.heapIndex = -1
    guard last !== timer else { return }
    timers[index] = last
    last.heapIndex = index
    siftUp(index)
    siftDown(last.heapIndex)
  }

  /// Takes out the earliest timer that is due.
  package mutating func popDue(_ now: MonotonicInstant) -> LoopTimer? {
    guard let first = timers.first, first.deadline <= now else { return nil }
    remove(first)
    return first
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard timers[index].deadline < timers[parent].deadline else { return }
      swap(index, parent)
      index = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < timers.count && timers[child].deadline < timers[least].deadline {
        least = child
      }
      guard least != index else { return }
      swap(index, least)
      index = least
    }
  }

  private mutating func swap(_ left: Int, _ right: Int) {
    timers.swapAt(left, right)
    timers[left].heapIndex = left
    timers[right].heapIndex = right
  }
}
