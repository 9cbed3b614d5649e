import Testing
import TopUpCore
import TopUpStore

/// The stores that must all behave alike (invariant 46). Each runs every test of this folder.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case sqlite
  /// Without threads, as the simulator has it.
  case sqliteInline

  var testDescription: String { rawValue }
}

/// A fresh store under test, through the port alone.
struct Ground: Sendable {
  let store: any Store
  let fence: Int64
  /// What the store's own verification finds, in words.
  let faults: @Sendable () throws -> [String]
  /// Keeps the store's files while the test runs.
  private let keeper: any Sendable

  init(_ kind: StoreKind) throws {
    switch kind {
    case .sqlite, .sqliteInline:
      let temporary = try TemporaryStore(isInline: kind == .sqliteInline)
      store = temporary.store
      fence = temporary.store.fence
      faults = { try temporary.store.verify().map(\.description) }
      keeper = temporary
    }
  }

  static let now = UnixTime(milliseconds: 1_763_700_000_000)

  /// Reads with a closure that may throw anything, as expectations do.
  func read<Value>(_ body: (any StoreSnapshot) throws -> Value) throws -> Value {
    try store.read { snapshot throws(StoreError) in Result { try body(snapshot) } }.get()
  }

  func commit(_ changes: Change..., now: UnixTime = Self.now) async throws {
    try await store.commit(Commit(now: now, fence: fence, changes))
  }

  /// What a commit failed with; nil when it was made.
  func error(of commit: Commit) async -> StoreError? {
    do throws(StoreError) {
      try await store.commit(commit)
      return nil
    } catch {
      return error
    }
  }

  /// What a commit was refused for; nil when it was made.
  func conflict(_ changes: Change..., now: UnixTime = Self.now) async throws -> Conflict? {
    switch await error(of: Commit(now: now, fence: fence, changes)) {
    case nil: return nil
    case .conflict(let conflict): return conflict
    case let other?: throw other
    }
  }
}

extension Conflict {
  /// Its kind, without words.
  var kind: String {
    switch self {
    case .changed: "changed"
    case .inFlight: "inFlight"
    case .capReached: "capReached"
    case .keyUsed: "keyUsed"
    case .fenced: "fenced"
    case .missing: "missing"
    case .forbidden: "forbidden"
    }
  }
}
