internal import TopUpCore

/// The store as the services use it: what it fails at is a refusal of the call.
extension Store {
  func look<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(ServiceError) -> Value {
    do throws(StoreError) { return try read(body) } catch { throw .store(error) }
  }

  func keep(_ changes: [Change], at now: UnixTime, fence: Int64) async throws(ServiceError) {
    do throws(StoreError) {
      try await commit(Commit(now: now, fence: fence, changes))
    } catch { throw .store(error) }
  }

  /// What a caller's key stands for; nil when it is new.
  ///
  /// - Throws: ``ServiceError/keyReused(key:)`` when it came before with another request
  ///   (invariant 43).
  func remembered(
    caller: String, key: String, digest: [UInt8]
  ) throws(ServiceError) -> StoredRequest? {
    let known = try look { snapshot throws(StoreError) in
      try snapshot.request(caller: caller, key: key)
    }
    guard let known else { return nil }
    guard known.digest == digest else { throw .keyReused(key: key) }
    return known
  }
}

/// What an answer tells of a change that is committed: where it cannot be read, the answer is not that
/// nothing was written, but that the same call finds out (invariant 44).
///
/// - Parameter what: what is kept, for the log.
func telling<Value>(
  of what: @autoclosure () -> String, _ read: () throws(ServiceError) -> Value
) throws(ServiceError) -> Value {
  do throws(ServiceError) { return try read() } catch {
    guard case .store(.unavailable(let why)) = error else { throw error }
    throw .store(.inDoubt("\(what()) is kept, and cannot be read: \(why)"))
  }
}
