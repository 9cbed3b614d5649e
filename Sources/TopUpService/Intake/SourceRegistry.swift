internal import Synchronization
internal import TopUpCore

/// The streams that are open, one for each life of a source: the newer ends the older.
package final class SourceRegistry: Sendable {
  /// Why a stream is to end.
  enum Signal: Sendable {
    case superseded
    case drain
  }

  private struct OpenStream {
    var ticket: UInt64
    var signal: AsyncStream<Signal>.Continuation
  }

  private struct Streams {
    var next: UInt64 = 0
    var open: [SourceID: OpenStream] = [:]
    /// Superseded, and still at their last commit.
    var closing: Set<UInt64> = []
    /// Streams that wait until an older one has let go, by the older one's ticket.
    var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var isDraining = false
  }

  private let streams = Mutex(Streams())

  package init() {}

  /// Opens a stream, ends the one before it, and returns when that has let go: what it was
  /// committing is in the store by then, so that the newer begins where it ended.
  ///
  /// - Returns: the ticket to close it with, and what will tell it to end.
  func open(_ source: SourceID) async -> (ticket: UInt64, signals: AsyncStream<Signal>) {
    let (signals, signal) = AsyncStream.makeStream(of: Signal.self)
    let (ticket, older, isDraining) = streams.withLock { streams in
      streams.next += 1
      let stream = OpenStream(ticket: streams.next, signal: signal)
      let older = streams.open.updateValue(stream, forKey: source)
      if let older { streams.closing.insert(older.ticket) }
      return (streams.next, older, streams.isDraining)
    }
    if let older {
      older.signal.yield(.superseded)
      older.signal.finish()
      await hasLetGo(older.ticket)
    }
    if isDraining { signal.yield(.drain) }
    return (ticket, signals)
  }

  private func hasLetGo(_ ticket: UInt64) async {
    await withCheckedContinuation { continuation in
      let isGone = streams.withLock { streams in
        guard streams.closing.contains(ticket) else { return true }
        streams.waiting[ticket] = continuation
        return false
      }
      if isGone { continuation.resume() }
    }
  }

  func close(_ source: SourceID, ticket: UInt64) {
    let waiter = streams.withLock { streams in
      if streams.open[source]?.ticket == ticket {
        streams.open[source]?.signal.finish()
        streams.open[source] = nil
      }
      streams.closing.remove(ticket)
      return streams.waiting.removeValue(forKey: ticket)
    }
    waiter?.resume()
  }

  /// Tells every stream, and those that still come, to end and come again elsewhere.
  package func drain() {
    let open = streams.withLock { streams in
      streams.isDraining = true
      return streams.open.values.map(\.signal)
    }
    for signal in open { signal.yield(.drain) }
  }
}
