import Logging
import Synchronization
import TestSupport
import Testing

@testable import TopUpService

@Suite struct FileWatchTests {
  /// Files that are as the test says, and a reader of them that says what it did.
  private final class Ground: Sendable {
    let stamps = Mutex<[String: FileStamp]>(["a": stamp(1), "b": stamp(1)])
    let fault = Mutex<String?>(nil)
    let reads = Mutex(0)
    let log = LogCatcher()
    let loop = ManualLoop()

    static func stamp(_ node: UInt64) -> FileStamp {
      FileStamp(device: 1, node: node, size: 1, moments: [])
    }

    func change(_ path: String, _ node: UInt64?) {
      stamps.withLock { $0[path] = node.map { Self.stamp($0) } }
    }

    func watch() -> FileWatch {
      let stamps = FileStamps(["a", "b"]) { [self] path in self.stamps.withLock { $0[path] } }
      let words = FileWatch.Words(taken: "taken", refused: "refused")
      let watch = FileWatch(stamps, words, logger: log.logger, on: loop) { [self] in
        reads.withLock { $0 += 1 }
        return fault.withLock { $0 }
      }
      watch.start()
      loop.turn()
      return watch
    }

    func look() { loop.advance(by: FileWatch.lookInterval) }

    /// Readings so far, and what the log was told.
    var seen: [String] { ["\(reads.withLock { $0 })"] + log.lines }
  }

  @Test func `files that stay are not read`() {
    let ground = Ground()
    let watch = ground.watch()
    for _ in 0..<5 { ground.look() }
    #expect(ground.seen == ["0"])
    withExtendedLifetime(watch) {}
  }

  @Test(arguments: ["a", "b"])
  func `a change of any file has them read, once and no sooner than the next look`(path: String) {
    let ground = Ground()
    let watch = ground.watch()
    ground.change(path, 2)
    ground.loop.advance(by: .milliseconds(4_999))
    #expect(ground.seen == ["0"])
    ground.loop.advance(by: .milliseconds(1))
    #expect(ground.seen == ["1", "taken"])
    ground.look()
    #expect(ground.seen == ["1", "taken"])
    withExtendedLifetime(watch) {}
  }

  @Test func `a fault is said once, tried again, and its end is said`() {
    let ground = Ground()
    let watch = ground.watch()
    ground.change("a", nil)
    ground.fault.withLock { $0 = "gone" }
    for _ in 0..<3 { ground.look() }
    #expect(ground.seen == ["3", "refused: gone"])
    ground.fault.withLock { $0 = "half" }
    ground.look()
    #expect(ground.seen == ["4", "refused: gone", "refused: half"])
    // No stamp changes: what was half written may have become whole within one tick of the clock.
    ground.fault.withLock { $0 = nil }
    ground.look()
    #expect(ground.seen == ["5", "refused: gone", "refused: half", "taken"])
    ground.look()
    #expect(ground.seen.first == "5")
    withExtendedLifetime(watch) {}
  }

  @Test func `what changes while it is read is read again`() {
    let ground = Ground()
    let stamps = FileStamps(["a"]) { path in ground.stamps.withLock { $0[path] } }
    let words = FileWatch.Words(taken: "taken", refused: "refused")
    let watch = FileWatch(stamps, words, logger: ground.log.logger, on: ground.loop) {
      let reads = ground.reads.withLock { reads in
        reads += 1
        return reads
      }
      if reads == 1 { ground.change("a", 3) }
      return nil
    }
    watch.start()
    ground.loop.turn()
    ground.change("a", 2)
    ground.look()
    ground.look()
    ground.look()
    #expect(ground.seen == ["2", "taken", "taken"])
    withExtendedLifetime(watch) {}
  }

  @Test func `who asks is answered each time, and the looks go on`() {
    let ground = Ground()
    let watch = ground.watch()
    ground.fault.withLock { $0 = "bad" }
    for _ in 0..<2 {
      watch.reload()
      ground.loop.turn()
    }
    #expect(ground.seen == ["2", "refused: bad", "refused: bad"])
    ground.fault.withLock { $0 = nil }
    ground.look()
    #expect(ground.seen.last == "taken")
  }

  @Test func `what was read because somebody asked is not read again by the next look`() {
    let ground = Ground()
    let watch = ground.watch()
    ground.change("a", 2)
    watch.reload()
    ground.loop.turn()
    #expect(ground.seen == ["1", "taken"])
    ground.look()
    #expect(ground.seen == ["1", "taken"])
  }

  @Test func `a watch that was stopped neither looks nor reads`() {
    let ground = Ground()
    let watch = ground.watch()
    watch.stop()
    watch.reload()
    ground.change("a", 2)
    ground.look()
    #expect(ground.seen == ["0"])
    #expect(ground.loop.nextTimer == nil)
  }
}
