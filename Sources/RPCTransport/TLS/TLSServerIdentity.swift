package import RPCCore
internal import Synchronization

/// What a server shows to those who connect from now on; shared by its loops, replaced when its
/// files are.
package final class TLSServerIdentity: Sendable {
  private let settings: ServerTLS
  private let context: Mutex<TLSContext>

  /// Reads the files.
  package init(_ settings: ServerTLS) throws(TLSError) {
    self.settings = settings
    context = Mutex(try TLSContext.server(settings))
  }

  package var current: TLSContext { context.withLock { $0 } }

  /// Reads the files again. Handshakes that begin from now on use what they hold, connections that
  /// are open go on with what they have, and tickets of before are no longer taken. When anything
  /// is wrong, nothing changes.
  package func reload() throws(TLSError) {
    let fresh = try TLSContext.server(settings)
    context.withLock { $0 = fresh }
  }
}
