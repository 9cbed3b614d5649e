internal import TopUpCore

extension Engine {
  /// Why a top-up may not be confirmed now, by whomever (invariant 47); nil when it may.
  func whyForbidden(_ topUp: TopUp) throws(ServiceError) -> String? {
    do throws(StoreError) { return try forbids(topUp) } catch { throw .store(error) }
  }

  /// Tells a top-up what somebody else has seen of it, and goes on with it.
  ///
  /// - Returns: the top-up after it, also where it is no news.
  func hear(_ event: TopUpEvent, of id: TopUpID) async throws(ServiceError) -> TopUp {
    for _ in 0..<settings.conflictRetriesMax {
      let stored = try store.look { snapshot throws(StoreError) in try snapshot.topUp(id) }
      guard let topUp = stored else { throw .notFound(resource: "top-up", name: id.rawValue) }
      guard let step = judge(event, on: topUp), !step.isWaiting else { return topUp }
      do throws(StoreError) {
        let kept = try await keep(step, of: topUp)
        poke(id)
        return kept
      } catch {
        guard case .conflict = error else { throw .store(error) }
      }
    }
    throw .store(.conflict(.changed("top-up \(id)")))
  }
}
