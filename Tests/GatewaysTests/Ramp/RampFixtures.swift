import StrictJSON
import TopUpCore

@testable import Gateways

/// Objects of the ramp contract, each with the members that a test wants changed.
enum RampFixtures {
  static let clusterHex = "0x0059f5ada35eee46802d80750d5ca4a490640511"
  static let ownerHex = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
  static let hash = "0x" + String(repeating: "ab", count: 32)
  static let orderID = ClientOrderID("tu_1:1")

  static var account: DDCAccount? {
    guard let cluster = Hex.prefixedBytes(clusterHex).flatMap({ ClusterID($0) }),
      let owner = Hex.prefixedBytes(ownerHex).flatMap({ AccountID32($0) })
    else { return nil }
    return DDCAccount(cluster: cluster, owner: owner)
  }

  static func client(_ transport: ScriptedTransport) throws -> RampClient {
    RampClient(
      try RampConfiguration(baseURL: "http://127.0.0.1:1/ramp/", key: Secret("ramp-key-Zx81")),
      over: transport)
  }

  /// Case C of the domain's rounding table: 1.5 % and 1.00 USD of fees.
  static func quote(_ changes: [String: JSON?] = [:]) -> String {
    Answers.text(
      [
        ("id", "q_1"), ("rate_nano", 1_234_567), ("currency", "USD"), ("gross_minor", 2500),
        ("fee_minor", 138), ("net_minor", 2362), ("planck", "191322139665161"),
        ("created_ms", 1_795_221_906_000), ("expires_ms", 1_795_221_966_000),
      ], changes)
  }

  static func order(_ changes: [String: JSON?] = [:]) -> String {
    Answers.text(
      [
        ("client_order_id", "tu_1:1"), ("state", "SUBMITTED"), ("version", 3),
        ("planck", "191322139665161"), ("planck_credited", "0"), ("ed_skim", false), ("tx", nil),
        ("reason", nil), ("funds_moved", "no"), ("created_ms", 1_795_221_906_000),
        ("updated_ms", 1_795_221_907_000),
      ], changes)
  }

  static let transaction: JSON = [
    "extrinsic_hash": .string(hash), "block_hash": .string(hash), "block_number": 123,
    "event_index": 4,
  ]

  static func error(_ status: Int, _ code: String, _ retryAfter: String = "null") -> HTTPOutcome {
    .json(
      status,
      #"{"error":{"code":"\#(code)","message":"No.","retry_after_ms":\#(retryAfter)}}"#)
  }
}
