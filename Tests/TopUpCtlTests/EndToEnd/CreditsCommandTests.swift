import TestSupport
import Testing
import TopUpAPI

@Suite struct CreditsCommandTests {
  @Test func `each verb carries its users, amount and keys`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let who = ["--tenant", "acme", "--user", "alice", "--amount", "60", "--key", "k1"]
      let account = CreditsAccount(tenant: "acme", user: "alice")
      let used = await CtlProcess.run(
        .data, port: port, ["credits", "deduct", "--description", "a job"] + who)
      #expect(used.exitCode == 0 && used.lines.contains("left: 40"))
      #expect(
        daemon.withMemory { $0.deducted } == [
          DeductCreditsRequest(
            account: account, amount: "60", idempotencyKey: "k1", description: "a job")
        ])
      let back = await CtlProcess.run(
        .data, port: port, ["credits", "return", "--deduction-key", "k0"] + who)
      #expect(back.exitCode == 0)
      #expect(
        daemon.withMemory { $0.returned } == [
          ReturnCreditsRequest(
            account: account, deductionKey: "k0", amount: "60", idempotencyKey: "k1")
        ])
      let moved = await CtlProcess.run(
        .data, port: port, ["credits", "transfer", "--to", "bob"] + who)
      #expect(moved.exitCode == 0)
      #expect(
        daemon.withMemory { $0.transferred } == [
          TransferCreditsRequest(
            from: account, to: CreditsAccount(tenant: "acme", user: "bob"), amount: "60",
            idempotencyKey: "k1")
        ])
    }
  }
}
