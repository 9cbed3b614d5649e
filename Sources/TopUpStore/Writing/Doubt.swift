internal import Synchronization
internal import TopUpCore

/// Whether the store's file can still be believed; once it cannot, only a restart helps
/// (invariant 49).
final class Doubt: Sendable {
  private let isSet = Atomic<Bool>(false)
  private let reason = Mutex<String>("")

  /// The first reason stays.
  func set(_ text: String) {
    reason.withLock { if $0.isEmpty { $0 = text } }
    isSet.store(true, ordering: .releasing)
  }

  func check() throws(StoreError) {
    if let refusal { throw refusal }
  }

  /// What everything is refused with; nil while the file is believed.
  var refusal: StoreError? {
    guard isSet.load(ordering: .acquiring) else { return nil }
    return .unavailable("in doubt: restart (\(reason.withLock { $0 }))")
  }
}
