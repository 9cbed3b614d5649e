import ArgumentParser
import Glibc

/// The simulator: whole services in worlds of chance, one for each seed.
@main
struct TopUpSim: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topupsim",
    abstract: "Runs the service on simulated disks, networks and clocks, and checks its promises.",
    discussion: """
      A seed decides everything. A run that failed is run again exactly by its seed:
        topupsim --seed 4711 --trace
      """)

  @Option(help: "Runs one seed.")
  var seed: UInt64?
  @Option(help: "Runs so many seeds.")
  var seeds: UInt64 = 100
  @Option(help: "The first of them.")
  var from: UInt64 = 1
  @Option(help: "Processes that share the seeds.")
  var jobs = 1
  @Option(help: "Ends after so many seeds that failed.")
  var failuresMax = 10
  @Flag(help: "Prints what happens, a line each.")
  var trace = false
  @Flag(help: "Prints a line for each seed.")
  var verbose = false
  @Flag(help: "Goes on after a seed that failed.")
  var keepGoing = false
  @Flag(help: "Tries another rule beside each account's own; what happens must not change.")
  var trials = false

  @Option(help: ArgumentHelp("Every run has it, and not a few.", valueName: "trait"))
  var always: [Trait] = []

  @Flag(help: "Counts at the end what was met: states, reasons, accidents.")
  var coverage = false

  func run() throws {
    let failed = jobs > 1 && seed == nil ? farm() : try runHere()
    if failed > 0 { throw ExitCode(1) }
  }

  private func runHere() throws -> Int {
    let range = seed.map { $0..<($0 + 1) } ?? from..<(from + seeds)
    var failed = 0
    var steps = 0
    var met = Coverage()
    for seed in range {
      let simulation = try Simulation(seed: seed, hasTrials: trials, always: always)
      if trace { simulation.trace.print = { say($0) } }
      let outcome = try simulation.run()
      steps += outcome.steps
      let isFailed = !outcome.violations.isEmpty
      if verbose || isFailed || self.seed != nil { say(outcome.line) }
      met.add(outcome.coverage)
      if verbose { say(outcome.coverage.line) }
      for violation in outcome.violations { say("  rule \(violation.rule): \(violation.text)") }
      if isFailed { failed += 1 }
      if isFailed, !keepGoing { break }
    }
    if coverage { for line in met.table { say(line) } }
    say("\(range.count) seeds, \(steps) steps, \(failed) failed")
    return failed
  }

  private func farm() -> Int {
    var farm = SeedFarm(program: CommandLine.arguments[0], jobs: jobs, failuresMax: failuresMax)
    if trials { farm.arguments.append("--trials") }
    farm.arguments += always.flatMap { ["--always", $0.rawValue] }
    let begun = Self.seconds
    let isTerminal = isatty(2) == 1
    farm.progress = { result in
      guard isTerminal, result.seeds > 0 else { return }
      let passed = Self.seconds - begun
      let left = passed * Double(seeds - min(result.seeds, seeds)) / Double(result.seeds)
      tell(
        "\r\(result.seeds) of \(seeds) seeds, \(result.failedSeeds) failed, \(Int(left)) s left  ")
    }
    let result = farm.run(from..<(from + seeds))
    if isTerminal { tell("\r\u{1B}[K") }
    for line in result.failures { say(line) }
    if coverage { for line in result.coverage.table { say(line) } }
    say(
      "\(result.seeds) seeds from \(from), \(result.steps) steps, \(result.deaths) deaths, "
        + "\(result.failedSeeds) failed, \(Int(Self.seconds - begun)) s")
    let undone = seeds - min(result.seeds, seeds)
    if result.failedSeeds == 0, undone > 0 { say("\(undone) seeds were not run FAILED") }
    return max(result.failedSeeds, result.failedSeeds == 0 && undone > 0 ? 1 : 0)
  }

  private static var seconds: Double {
    var now = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  /// A line at once: whoever reads the other end of a pipe counts them.
  private func say(_ line: String) { Self.write(line + "\n", to: 1) }
  private func tell(_ text: String) { Self.write(text, to: 2) }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: sent), bytes.count - sent)
      }
      guard count > 0 else { return }  // Nobody reads any more.
      sent += count
    }
  }
}

extension Simulation.Outcome {
  /// For people and for scripts.
  var line: String {
    "seed \(seed) steps \(steps) deaths \(crashes) top-ups \(topUps) credited \(credited) "
      + "days \(virtual.components.seconds / 86_400) digest \(String(digest, radix: 16)) "
      + (trials.looks > 0 ? "otherwise \(trials.different) of \(trials.looks) " : "")
      + (silence > .zero ? "silent \(silence.components.seconds / 3_600) h " : "")
      + (violations.isEmpty ? "ok" : "FAILED")
  }
}
