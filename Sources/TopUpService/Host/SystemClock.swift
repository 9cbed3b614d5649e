internal import RPCTransport
package import TopUpCore

/// The machine's wall clock.
package struct SystemClock: WallClock {
  package init() {}

  package var now: UnixTime { UnixTime(milliseconds: System.unixMilliseconds()) }
}
