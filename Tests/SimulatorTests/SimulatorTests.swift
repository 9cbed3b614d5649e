import TestSupport
import Testing

@testable import topupsim

/// The simulator itself: it repeats itself exactly, and finds nothing on a sound service.
@Suite struct SimulatorTests {
  /// Seeds that once found something, and a few more.
  @Test(arguments: [1, 12, 44, 56, 1216, 1222, 1469, 1500, 1729, 2376, 2715] as [UInt64])
  func `a seed keeps every promise`(_ seed: UInt64) async throws {
    let run = await OwnThread.run { Result { try Simulation(seed: seed).run() } }
    let outcome = try run.get()
    #expect(outcome.violations == [])
    #expect(outcome.steps >= Simulation.stepsMin)
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
