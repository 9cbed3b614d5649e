import TestSupport
import Testing
import TopUpAPI

@Suite struct ReviewCommandTests {
  private static let signed = ["--actor", "ops:maria", "--reason", "seen by hand", "--key", "k1"]

  @Test func `review list shows what waits, and for whom`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["review", "list"])
      #expect(run.exitCode == 0)
      #expect(
        run.lines.first?.split(separator: " ").joined(separator: " ")
          == "TOP-UP VERSION SINCE HELD WAS NEXT LOOK WHY")
      #expect(run.lines.dropFirst().first?.hasSuffix("the ramp returned the money") == true)
      #expect(run.lines.contains("waiting for a second person"))
      #expect(run.lines.last?.contains("resolve as lost  ops:jan") == true)
      let whole = await CtlProcess.run(.data, port: port, ["review", "list", "-o", "json"])
      #expect(whole.output.contains(#""version": "9""#))
    }
  }

  @Test func `a verb carries its person, reason, key, version and outcome`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let resolve = ["review", "resolve", "tu_1", "--outcome", "delivered", "--evidence", "0xabc"]
      let run = await CtlProcess.run(
        .data, port: port, resolve + ["--version", "9"] + Self.signed)
      #expect(run.exitCode == 0)
      #expect(
        daemon.withMemory { $0.reviewed } == [
          ActOnReviewItemRequest(
            id: "tu_1", verb: .resolve,
            actor: ActorMessage(name: "ops:maria", reason: "seen by hand"), idempotencyKey: "k1",
            expectedVersion: 9, outcome: .delivered, evidence: "0xabc")
        ])
      for (verb, expected) in [
        ("resume", ReviewVerb.resume), ("release", .release), ("refund", .refund),
      ] {
        let run = await CtlProcess.run(.data, port: port, ["review", verb, "tu_1"] + Self.signed)
        #expect(run.exitCode == 0)
        #expect(daemon.withMemory { $0.reviewed }.last?.verb == expected)
        #expect(run.output.contains("a second person must ask") == (verb == "refund"))
      }
    }
  }

  @Test func `no verb without a reason, no outcome without its evidence`() async throws {
    try await FakeDaemon.serving { daemon, port in
      for arguments in [
        ["review", "refund", "tu_1"],
        ["review", "resolve", "tu_1"] + Self.signed,
        ["review", "resolve", "tu_1", "--outcome", "delivered"] + Self.signed,
        ["review", "resolve", "tu_1", "--outcome", "lost", "--evidence", "0xabc"] + Self.signed,
      ] {
        let run = await CtlProcess.run(.complaints, port: port, arguments)
        #expect(run.exitCode == 64)
      }
      #expect(daemon.withMemory { $0.reviewed }.isEmpty)
    }
  }
}
