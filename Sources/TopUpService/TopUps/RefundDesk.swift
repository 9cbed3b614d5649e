internal import TopUpCore

/// A charge that a caller wants given back.
struct RefundRequest: Sendable, Hashable {
  var caller: String
  var key: String
  var id: TopUpID
  var wish: RefundWish

  /// Everything but the key.
  var digest: [UInt8] {
    var digest = RequestDigest("RefundTopUp")
    digest.add(id.rawValue)
    digest.add(wish.amount.map { "\($0.minorUnits) \($0.currency.code)" } ?? "")
    digest.add(wish.actor)
    digest.add(wish.reason)
    return digest.finish()
  }
}

/// Charges that are given back by request, each request once by its key (invariants 15, 33, 43).
struct RefundDesk {
  private static let roundsMax = 8

  let store: any Store
  let engine: Engine

  /// - Returns: the top-up as it is now; the refund itself goes on by itself.
  /// - Throws: `notRefunded` where the charge is not to be given back; nothing is remembered then.
  func refund(_ request: RefundRequest) async throws(ServiceError) -> TopUp {
    let memory = Change.rememberRequest(
      StoredRequest(
        caller: request.caller, key: request.key, digest: request.digest,
        result: request.id.rawValue))
    for _ in 0..<Self.roundsMax {
      let known = try store.remembered(
        caller: request.caller, key: request.key, digest: request.digest)
      let topUp = try look(request.id)
      if known != nil { return topUp }
      do throws(ServiceError) {
        return try await engine.refund(topUp, request.wish, with: [memory])
      } catch {
        // It moved meanwhile: what it is now says what becomes of the request.
        switch error {
        case .store(.conflict(.changed)), .store(.conflict(.keyUsed)): continue
        default: throw error
        }
      }
    }
    throw .store(.conflict(.changed("top-up \(request.id)")))
  }

  private func look(_ id: TopUpID) throws(ServiceError) -> TopUp {
    let found = try store.look { snapshot throws(StoreError) in try snapshot.topUp(id) }
    guard let found else { throw .notFound(resource: "top-up", name: id.rawValue) }
    return found
  }
}
