import RPCCore
import RPCTransport
import TestSupport
import Testing

@Suite struct TimerHeapTests {
  private func at(_ nanoseconds: Int) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: Int64(nanoseconds))
  }

  /// Runs what is due.
  private func fire(_ heap: inout TimerHeap, _ now: Int) {
    while let timer = heap.popDue(at(now)) { timer.action() }
  }

  @Test func `timers fall due in the order of their moments, not before`() {
    var heap = TimerHeap()
    var fired: [Int] = []
    for moment in [5, 1, 4, 2, 3] {
      heap.insert(LoopTimer { fired.append(moment) }, at: at(moment))
    }
    #expect(heap.earliest == at(1))
    fire(&heap, 3)
    #expect(fired == [1, 2, 3])
    fire(&heap, 100)
    #expect(fired == [1, 2, 3, 4, 5])
    #expect(heap.isEmpty)
  }

  @Test func `arming an armed timer moves it`() {
    var heap = TimerHeap()
    var count = 0
    let timer = LoopTimer { count += 1 }
    heap.insert(timer, at: at(1))
    heap.insert(timer, at: at(9))
    fire(&heap, 8)
    #expect(count == 0)
    fire(&heap, 9)
    #expect(count == 1)
    #expect(!timer.isArmed)
  }

  @Test func `disarming one that is not armed does nothing`() {
    var heap = TimerHeap()
    let timer = LoopTimer {}
    heap.remove(timer)
    heap.insert(timer, at: at(1))
    heap.remove(timer)
    heap.remove(timer)
    #expect(heap.isEmpty)
  }

  @Test func `any mix of arming, moving, disarming and firing agrees with a plain list`() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<50 {
      var heap = TimerHeap()
      var model: [Int: Int] = [:]
      var fired: [Int] = []
      let timers = (0..<40).map { index in LoopTimer { fired.append(index) } }
      var now = 0
      for _ in 0..<400 {
        let index = Int.random(in: 0..<40, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1, 2:
          let moment = now + Int.random(in: 1...100, using: &generator)
          heap.insert(timers[index], at: at(moment))
          model[index] = moment
        case 3:
          heap.remove(timers[index])
          model[index] = nil
        default:
          now += Int.random(in: 0...30, using: &generator)
          fired = []
          fire(&heap, now)
          let due = model.filter { $0.value <= now }
          #expect(Set(fired) == Set(due.keys))
          #expect(fired.map { due[$0] ?? -1 } == due.values.sorted())
          for index in due.keys { model[index] = nil }
        }
        #expect(heap.earliest == model.values.min().map { at($0) })
      }
    }
  }
}
