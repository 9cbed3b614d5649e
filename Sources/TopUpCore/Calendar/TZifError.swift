/// Why bytes are no time zone file that this service trusts.
package enum TZifError: Error, Hashable, Sendable {
  /// The first bytes are not `TZif`.
  case notTZif
  case unsupportedVersion(UInt8)
  case truncated
  /// Counts that contradict each other or the version.
  case badHeader
  /// Times that do not rise strictly, or lie beyond 2^59 seconds.
  case badTransitions
  /// A transition to a type that the file does not have.
  case badTypeIndex
  /// An offset beyond a day and two hours, a flag neither 0 nor 1, a name outside the names.
  case badType
  /// Flags that are neither 0 nor 1, or say universal time but not standard time.
  case badIndicator
  /// The file counts leap seconds; the service's time, as POSIX's, does not.
  case leapSeconds
  case badFooter
  /// The footer's rule says another offset than the last transition.
  case footerContradictsTransitions
  case trailingBytes
}
