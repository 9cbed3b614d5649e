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
  @Test(arguments: [125, 170, 214, 255, 411, 484, 530, 815, 1052, 1152, 1274, 1613] as [UInt64])
  func `a seed of weeks without a daemon keeps every promise`(_ seed: UInt64) async throws {
    let run = await OwnThread.run {
      Result { try Simulation(seed: seed, always: [.weeks]).run() }
    }
    let outcome = try run.get()
    #expect(outcome.violations == [])
    #expect(outcome.silence > .seconds(30 * 86_400))
  }

  /// Of seeds whose disk does what it is told: what is written beside would meet other faults.
  @Test func `a rule that is tried changes nothing that happens (1, 47)`() async throws {
    let runs = await OwnThread.run {
      Result {
        var compared = 0
        var different: Int64 = 0
        for seed in 1...50 as ClosedRange<UInt64> where try Simulation(seed: seed).hasSoundDisk {
          let plain = try Simulation(seed: seed).run()
          let tried = try Simulation(seed: seed, hasTrials: true).run()
          #expect(plain.digest == tried.digest && plain.steps == tried.steps, "seed \(seed)")
          #expect(tried.violations == [])
          #expect(plain.trials == (0, 0))
          compared += 1
          different += tried.trials.different
        }
        return (compared, different)
      }
    }
    let (compared, different) = try runs.get()
    #expect(compared >= 8 && different >= 3 * Int64(compared), "\(different) of \(compared)")
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
