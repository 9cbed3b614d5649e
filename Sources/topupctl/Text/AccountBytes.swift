internal import TopUpAPI
internal import TopUpCore

/// A DDC account as the bytes that events carry.
enum AccountBytes {
  /// - Returns: the cluster's 20 bytes and the owner's 32.
  /// - Throws: ``UsageError``, which says what is wrong.
  static func ddc(
    _ account: TopUpAPI.Account
  ) throws(UsageError) -> (cluster: [UInt8], owner: [UInt8]) {
    guard case .ddc(let ddc) = account.kind else {
      throw UsageError("events are for DDC accounts: --cluster and --owner")
    }
    guard let cluster = ClusterID(hex: ddc.clusterID) else {
      throw UsageError("--cluster must be 0x and 40 hexadecimal digits")
    }
    do throws(SS58Error) {
      return (cluster.bytes, try AccountID32(text: ddc.owner, accepting: .cereAndGeneric).bytes)
    } catch { throw UsageError("--owner: \(error)") }
  }
}
