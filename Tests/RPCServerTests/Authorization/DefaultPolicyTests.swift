import Glibc
import RPCCore
import RPCServer
import Testing

@Suite struct `The policies of deploy` {
  private static func policy(_ name: String) throws -> AuthorizationPolicy {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let stream = try #require(fopen("/\(root)/deploy/policy/\(name).json", "r"))
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = fread(&bytes, 1, bytes.count, stream)
    return try AuthorizationPolicy(parsing: Array(bytes[..<count]))
  }

  @Test(arguments: ["all", "console", "node", "operator"])
  func `each is valid, answers health, and lets nobody unknown move money`(name: String) throws {
    let policy = try Self.policy(name)
    func may(_ principal: String?, _ service: String, _ method: String) -> Bool {
      policy.decide(principal: principal, service: service, method: method, metadata: [:])
        .isAllowed
    }
    #expect(may(nil, "grpc.health.v1.Health", "Check"))
    #expect(!may(nil, "topup.v1.TopUp", "CreateTopUp"))
    #expect(!may("spiffe://else.example/x", "topup.v1.TopUp", "CreateTopUp"))
    #expect(!may(nil, "grpc.channelz.v1.Channelz", "GetServers"))
    #expect(!may("spiffe://topup.example/console/a", "grpc.channelz.v1.Channelz", "GetServers"))
    let operatorMay = may(
      "spiffe://topup.example/operator/a", "grpc.channelz.v1.Channelz", "GetServers")
    #expect(operatorMay == ["all", "operator"].contains(name))
  }

  @Test(arguments: [
    ("spiffe://ddc.example/node/1", "Balance", "StreamLowBalance", true),
    ("spiffe://ddc.example/node/1", "Balance", "GetBalance", false),
    ("spiffe://ddc.example/node/1", "TopUp", "CreateTopUp", false),
    ("spiffe://topup.example/console/a", "TopUp", "CreateTopUp", true),
    ("spiffe://topup.example/console/a", "Balance", "ReportLowBalance", false),
    ("spiffe://topup.example/console/a", "Admin", "SetKillSwitch", false),
    ("system:serviceaccount:topup:console", "PaymentMethods", "AddPaymentMethod", true),
    ("spiffe://topup.example/operator/a", "Admin", "SetKillSwitch", true),
    ("spiffe://topup.example/operator/a", "TopUp", "CancelTopUp", true),
  ])
  func `together they keep the roles apart`(
    principal: String, service: String, method: String, may: Bool
  ) throws {
    let decision = try Self.policy("all").decide(
      principal: principal, service: "topup.v1.\(service)", method: method, metadata: [:])
    #expect(decision.isAllowed == may)
  }
}
