internal import Synchronization
internal import TopUpCore

/// The streams that are open, one for each life of a source: the newer ends the older.
package final class SourceRegistry: Sendable {
  /// Why a stream is to end.
  enum Signal: Sendable {
    case superseded
    case drain
  }

  private struct Streams {
    var next: UInt64 = 0
    var open: [SourceID: (ticket: UInt64, signal: AsyncStream<Signal>.Continuation)] = [:]
    var isDraining = false
  }

  private let streams = Mutex(Streams())

  package init() {}

  /// Opens a stream and ends the one before it.
  ///
  /// - Returns: the ticket to close it with, and what will tell it to end.
  func open(_ source: SourceID) -> (ticket: UInt64, signals: AsyncStream<Signal>) {
    let (signals, signal) = AsyncStream.makeStream(of: Signal.self)
    let (ticket, older, isDraining) = streams.withLock { streams in
      streams.next += 1
      let older = streams.open.updateValue((streams.next, signal), forKey: source)
      return (streams.next, older?.signal, streams.isDraining)
    }
    older?.yield(.superseded)
    older?.finish()
    if isDraining { signal.yield(.drain) }
    return (ticket, signals)
  }

  func close(_ source: SourceID, ticket: UInt64) {
    streams.withLock { streams in
      guard streams.open[source]?.ticket == ticket else { return }
      streams.open[source]?.signal.finish()
      streams.open[source] = nil
    }
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
