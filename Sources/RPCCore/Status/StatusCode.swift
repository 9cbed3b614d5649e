/// The outcome of a call, as carried in `grpc-status`.
///
/// Open on purpose: a code outside 0...16 travels through unchanged and is never dropped.
/// - Source: gRPC core, "Status codes and their use in gRPC".
public struct StatusCode: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The call succeeded.
  public static let ok = StatusCode(rawValue: 0)
  /// The caller gave the call up.
  public static let cancelled = StatusCode(rawValue: 1)
  /// A failure nobody classified, such as an error a handler threw without a status.
  public static let unknown = StatusCode(rawValue: 2)
  /// The request itself is wrong, whatever the state of the system.
  public static let invalidArgument = StatusCode(rawValue: 3)
  /// The deadline passed before the call ended; whether it took effect is not known.
  public static let deadlineExceeded = StatusCode(rawValue: 4)
  /// The thing asked for does not exist.
  public static let notFound = StatusCode(rawValue: 5)
  /// The thing to be created exists.
  public static let alreadyExists = StatusCode(rawValue: 6)
  /// The caller is known, and may not do this.
  public static let permissionDenied = StatusCode(rawValue: 7)
  /// A limit or quota is used up.
  public static let resourceExhausted = StatusCode(rawValue: 8)
  /// The system is not in the state that the request needs.
  public static let failedPrecondition = StatusCode(rawValue: 9)
  /// A concurrent change won; the caller may start over.
  public static let aborted = StatusCode(rawValue: 10)
  /// A position past the end of what exists.
  public static let outOfRange = StatusCode(rawValue: 11)
  /// The method does not exist here, or is not built yet.
  public static let unimplemented = StatusCode(rawValue: 12)
  /// An invariant of the service broke.
  public static let `internal` = StatusCode(rawValue: 13)
  /// The service cannot answer now; a retry may succeed.
  public static let unavailable = StatusCode(rawValue: 14)
  /// Data was lost or is corrupt.
  public static let dataLoss = StatusCode(rawValue: 15)
  /// The caller did not prove who it is.
  public static let unauthenticated = StatusCode(rawValue: 16)

  private static let names: [StaticString] = [
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    "UNAUTHENTICATED",
  ]

  /// The seventeen codes that have a name.
  public static let named: [StatusCode] = (0..<17).map { StatusCode(rawValue: $0) }

  /// The name as metrics write it, such as `NotFound`; `Canceled` has one l there.
  package var metricsName: String {
    if self == .ok { return "OK" }
    if self == .cancelled { return "Canceled" }
    return name.split(separator: "_").map { word in
      word.prefix(1) + word.dropFirst().lowercased()
    }.joined()
  }

  /// The canonical name, such as `NOT_FOUND`; the number for a code that has none.
  public var name: String {
    rawValue < 17 ? "\(Self.names[Int(rawValue)])" : String(rawValue)
  }
}

extension StatusCode: CustomStringConvertible {
  public var description: String { name }
}
