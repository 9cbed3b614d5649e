import TestSupport
import Testing

/// The attack list of facts/operations §2 over real sockets, against the server that is measured.
///
/// The program beside this file plays the attacker and holds the server to what must be true after
/// each attack: an honest client is answered in its usual time, memory is back, the CPU rests.
@Suite(.serialized) struct AttackTests {
  @Test(.timeLimit(.minutes(5)))
  func `no attack outlasts its connection`() async {
    let outcome = await PythonPeer.run("AttackTests/attacks.py", [BuiltPrograms.folder])
    #expect(outcome.exitCode == 0, "\(outcome.output)")
  }

  @Test(.timeLimit(.minutes(2)))
  func `handshakes that stall or flood are bounded, and their places come back`() async {
    let outcome = await PythonPeer.run("AttackTests/tls_attacks.py", [BuiltPrograms.folder])
    #expect(outcome.exitCode == 0, "\(outcome.output)")
  }
}
