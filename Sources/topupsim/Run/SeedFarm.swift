import Glibc
import TestSupport

/// Runs many seeds in processes of their own, one for each core: what traps in one is told as a
/// failure of its seed, and what a run leaves in memory ends with its process.
struct SeedFarm {
  /// Seeds of one process.
  static let chunk: UInt64 = 200

  struct Result {
    var seeds: UInt64 = 0
    var steps = 0
    var deaths = 0
    /// Lines about seeds that failed, in the order in which they did.
    var failures: [String] = []
    var failedSeeds = 0
    var coverage = Coverage()
  }

  /// One process at work.
  private final class Worker {
    let child: ChildProcess
    let pipe: Int32
    /// The seed that it is at.
    var next: UInt64
    let end: UInt64
    var buffer: [UInt8] = []

    init(_ child: ChildProcess, _ pipe: Int32, _ range: Range<UInt64>) {
      self.child = child
      self.pipe = pipe
      next = range.lowerBound
      end = range.upperBound
    }
  }

  let program: String
  let jobs: Int
  /// Failures after which no more is begun.
  let failuresMax: Int
  /// What each process is told besides its seeds.
  var arguments: [String] = []
  var progress: (Result) -> Void = { _ in }

  func run(_ range: Range<UInt64>) -> Result {
    var result = Result()
    var workers: [Worker] = []
    var left = range
    while true {
      while workers.count < jobs, !left.isEmpty, result.failedSeeds < failuresMax {
        let end = min(left.lowerBound + Self.chunk, left.upperBound)
        guard let worker = start(left.lowerBound..<end) else { break }
        workers.append(worker)
        left = end..<left.upperBound
      }
      if workers.isEmpty { return result }
      for worker in ready(workers) where !read(worker, &result) {
        workers.removeAll { $0 === worker }
        if let rest = ended(worker, &result) { workers.append(rest) }
        progress(result)
      }
    }
  }

  private func start(_ range: Range<UInt64>) -> Worker? {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    let child = ChildProcess.start(
      [
        program, "--from", "\(range.lowerBound)", "--seeds", "\(range.count)", "--verbose",
        "--keep-going",
      ] + arguments, output: ends[1])
    close(ends[1])
    guard let child else {
      close(ends[0])
      return nil
    }
    return Worker(child, ends[0], range)
  }

  private func ready(_ workers: [Worker]) -> [Worker] {
    var polled = workers.map { pollfd(fd: $0.pipe, events: Int16(POLLIN), revents: 0) }
    guard unsafe poll(&polled, nfds_t(polled.count), -1) > 0 else { return [] }
    return zip(workers, polled).filter { $0.1.revents != 0 }.map(\.0)
  }

  /// - Returns: whether more may come.
  private func read(_ worker: Worker, _ result: inout Result) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe Glibc.read(worker.pipe, &chunk, chunk.count)
    guard count > 0 else { return false }
    worker.buffer += chunk[..<count]
    while let end = worker.buffer.firstIndex(of: 10) {
      take(String(decoding: worker.buffer[..<end], as: UTF8.self), of: worker, &result)
      worker.buffer.removeFirst(end + 1)
    }
    return true
  }

  private func take(_ line: String, of worker: Worker, _ result: inout Result) {
    let words = line.split(separator: " ")
    if words.first == "seed", words.count > 5, let seed = UInt64(words[1]) {
      worker.next = seed + 1
      result.seeds += 1
      result.steps += Int(words[3]) ?? 0
      result.deaths += Int(words[5]) ?? 0
      guard words.last == "FAILED" else { return }
      result.failedSeeds += 1
      result.failures.append(line)
    } else if let met = Coverage(line: line) {
      result.coverage.add(met)
    } else if line.hasPrefix("  ") {
      result.failures.append(line)
    }
  }

  /// - Returns: who does the seeds that a trap left undone.
  private func ended(_ worker: Worker, _ result: inout Result) -> Worker? {
    close(worker.pipe)
    let end = worker.child.wait()
    guard worker.next < worker.end else { return nil }
    result.seeds += 1
    result.failedSeeds += 1
    result.failures.append("seed \(worker.next) ended its process: \(end) FAILED")
    guard worker.next + 1 < worker.end, result.failedSeeds < failuresMax else { return nil }
    return start(worker.next + 1..<worker.end)
  }
}
