import TopUpAPI
import TopUpCore

@testable import TopUpService

extension TopUpCore.Policy {
  /// Of the request that sets it.
  func requestDigest(from expected: Int64) -> [UInt8] {
    SetPolicyRequest(policy: api, expectedVersion: expected).digest
  }
}
