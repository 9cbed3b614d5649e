internal import ProtobufRuntime
internal import TopUpAPI

extension SetPolicyRequest {
  /// Which rule, from which version, as it was asked for: a change of prices makes no other request of
  /// it (invariant 43).
  var digest: [UInt8] {
    var asked = policy
    // Those are the server's.
    asked?.version = 0
    asked?.updatedAt = nil
    var digest = RequestDigest("SetPolicy")
    digest.add(asked?.serializedBytes ?? [])
    digest.add(expectedVersion)
    return digest.finish()
  }
}
