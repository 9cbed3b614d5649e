package import TopUpCore
internal import TopUpStore

/// Looks at a store that no daemon has open.
package enum StoreAudit {
  /// - Parameter head: the ledger's head as it was exported at some time; nil to do without.
  /// - Throws: ``StartError/store(_:)`` for a file that cannot be looked at, is no store of this
  ///   program, or is open.
  package static func verdict(
    path: String, against head: LedgerHead?
  ) throws(StartError) -> StoreVerdict {
    do throws(StoreError) {
      return try StoreFile.verdict(path: path, against: head, isAlone: true)
    } catch { throw .store(error) }
  }

  /// Makes every decision again from what was kept of it.
  ///
  /// - Parameter position: those after it alone.
  /// - Throws: as ``verdict(path:against:)``.
  package static func replay(
    path: String, after position: Int64
  ) throws(StartError) -> DecisionReplay {
    do throws(StoreError) {
      return try StoreFile.replay(path: path, after: position, isAlone: true)
    } catch { throw .store(error) }
  }
}
