import TestSupport
import Testing

@testable import topupsim

/// The simulator itself: it repeats itself exactly, and finds nothing on a sound service.
@Suite struct SimulatorTests {
  /// Seeds that once found something, and a few more.
  @Test(
    arguments: [
      1, 12, 44, 56, 128, 256, 426, 479, 480, 1216, 1222, 1469, 1500, 1729, 2149, 2376, 2715, 3492,
      20226, 20262, 20670,
    ] as [UInt64])
  func `a seed keeps every promise`(_ seed: UInt64) async throws {
    let run = await OwnThread.run { Result { try Simulation(seed: seed).run() } }
    let outcome = try run.get()
    #expect(outcome.violations == [])
    #expect(outcome.steps >= Simulation.stepsMin)
  }

  /// The same, of runs in each of which no daemon runs for weeks (`--always weeks`).
  @Test(
    arguments: [125, 170, 214, 255, 411, 484, 530, 815, 1052, 1152, 1274, 1613, 2577, 2585]
      as [UInt64])
  func `a seed of weeks without a daemon keeps every promise`(_ seed: UInt64) async throws {
    let run = await OwnThread.run {
      Result { try Simulation(seed: seed, always: [.weeks]).run() }
    }
    let outcome = try run.get()
    #expect(outcome.violations == [])
    #expect(outcome.silence > .seconds(30 * 86_400))
  }

  /// The same, of runs with what is rare in others.
  @Test(arguments: [
    Rare(85, [.desk]), Rare(531, [.desk]), Rare(135, [.weeks, .copy]), Rare(242, [.weeks, .copy]),
    Rare(286, [.weeks, .copy]), Rare(378, [.weeks, .copy]), Rare(434, [.weeks, .copy]),
  ])
  func `a seed of what is rare keeps every promise`(_ rare: Rare) async throws {
    let run = await OwnThread.run {
      Result { try Simulation(seed: rare.seed, always: rare.traits).run() }
    }
    let outcome = try run.get()
    #expect(outcome.violations == [])
    #expect(outcome.steps >= Simulation.stepsMin)
  }

  /// Of seeds whose disk does what it is told: what is written beside would meet other faults.
  @Test func `a rule that is tried changes nothing that happens (1, 47)`() async throws {
    async let odd = compared(stride(from: 1, through: 50, by: 2))
    async let even = compared(stride(from: 2, through: 50, by: 2))
    let both = try await (odd, even)
    let (seeds, different) = (both.0.seeds + both.1.seeds, both.0.different + both.1.different)
    #expect(seeds >= 8 && different >= 3 * Int64(seeds), "\(different) of \(seeds)")
  }

  /// - Returns: how many seeds were run both ways, and what the rules decided differently.
  private func compared(
    _ seeds: StrideThrough<UInt64>
  ) async throws -> (seeds: Int, different: Int64) {
    let runs = await OwnThread.run {
      Result {
        var compared: (seeds: Int, different: Int64) = (0, 0)
        for seed in seeds where try Simulation(seed: seed).hasSoundDisk {
          let plain = try Simulation(seed: seed).run()
          let tried = try Simulation(seed: seed, hasTrials: true).run()
          #expect(plain.digest == tried.digest && plain.steps == tried.steps, "seed \(seed)")
          #expect(tried.violations == [])
          #expect(plain.trials == (0, 0))
          compared.seeds += 1
          compared.different += tried.trials.different
        }
        return compared
      }
    }
    return try runs.get()
  }

  /// A dictionary is in another order in each process: a trace must not be.
  @Test func `two processes run a seed alike`() async {
    let program = "\(BuiltPrograms.folder)/topupsim"
    let first = await Subprocess.run([program, "--seed", "25"])
    let second = await Subprocess.run([program, "--seed", "25"])
    #expect(first.output == second.output)
    #expect(first.output.hasPrefix("seed 25 steps "))
  }
}

/// A seed, and what it has for certain.
struct Rare: Sendable {
  let seed: UInt64
  let traits: [topupsim.Trait]

  init(_ seed: UInt64, _ traits: [topupsim.Trait]) {
    self.seed = seed
    self.traits = traits
  }
}
