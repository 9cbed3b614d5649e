/// The bounds and the manners of a ``CurlTransport``.
package struct CurlConfiguration: Hashable, Sendable {
  /// What the other side sees as `User-Agent`.
  package var userAgent: String
  /// Plain HTTP reaches loopback only, unless this is set. Meant for stand-ins in a test network.
  package var allowsPlainHTTP = false
  /// A PEM file of the authorities that are trusted instead of the system's.
  package var authoritiesPath: String?
  /// Until a connection stands, TLS included.
  package var connectTimeout: Duration = .seconds(10)
  /// Speaks HTTP/2 where TLS agrees on it. Off, because one lost connection then puts up to 100
  /// charges in doubt instead of one, and because libcurl 7.88 ends every finished stream with a
  /// RST_STREAM, for which servers that guard against rapid resets close the connection.
  package var usesHTTP2 = false
  /// Open connections to one host: with HTTP/1.1, the exchanges under way there.
  package var hostConnectionsMax = 64
  /// Open connections to all hosts together.
  package var connectionsMax = 128
  /// A connection that was idle for longer is not used again: servers close theirs after about a
  /// minute, and a request that meets the closing half-way is in doubt.
  package var idleMax: Duration = .seconds(30)
  /// Exchanges that curl works on at once; each holds about 30 KiB.
  package var exchangesMax = 128
  /// Exchanges that wait behind those; one more is refused as not sent.
  package var waitingMax = 4096
  /// A response body above this ends the exchange. A list of 100 events stays below 2 MiB.
  package var bodyBytesMax = 4 << 20
  /// All header fields of a response together.
  package var headerBytesMax = 64 << 10

  /// - Parameter version: of the program, named to the other side.
  package init(version: String) { userAgent = "topupd/\(version)" }
}
