internal import Synchronization
internal import TopUpCore

/// Whether the store may still be used by this process; once it may not, only a restart helps:
/// its file cannot be believed (invariant 49), or another process has taken it over (41).
///
/// Every way into it ends in ``set(_:)``, so that no caller of the store has to notice by itself.
final class Doubt: Sendable {
  private let isSet = Atomic<Bool>(false)
  private let reason = Mutex<String?>(nil)
  private let whenSet: @Sendable (String) -> Void

  /// - Parameter whenSet: called once, with the reason, before anybody who waits for a commit is
  ///   answered; on a thread of the store's.
  init(whenSet: @escaping @Sendable (String) -> Void) { self.whenSet = whenSet }

  /// The first reason stays.
  func set(_ text: String) {
    let isFirst = reason.withLock { reason in
      defer { reason = reason ?? text }
      return reason == nil
    }
    isSet.store(true, ordering: .releasing)
    if isFirst { whenSet(text) }
  }

  func check() throws(StoreError) {
    if let refusal { throw refusal }
  }

  /// What everything is refused with; nil while the store may be used.
  var refusal: StoreError? {
    guard isSet.load(ordering: .acquiring) else { return nil }
    return .unavailable("only a restart helps: \(reason.withLock { $0 ?? "" })")
  }
}
