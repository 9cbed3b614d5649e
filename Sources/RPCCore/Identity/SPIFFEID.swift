/// A workload's name: `spiffe://<trust domain>/<path>` (SPIFFE-ID specification §2).
///
/// One spelling for one name: nothing is normalised, so two ids are the same workload exactly when
/// their texts are equal.
public struct SPIFFEID: Sendable, Hashable, CustomStringConvertible {
  /// The longest id (SPIFFE-ID §2.3).
  public static let byteCountMax = 2048
  /// The longest trust domain (SPIFFE-ID §2.1).
  public static let trustDomainByteCountMax = 255
  private static let scheme = Array("spiffe://".utf8)

  /// Lower-case letters, digits, `.`, `-` and `_`.
  public let trustDomain: String
  /// Begins with `/`; no segment is empty, `.` or `..`.
  public let path: String

  /// - Parameter bytes: the URI as it stands in a certificate.
  /// - Throws: ``SPIFFEIDError``, for the first rule that is broken.
  public init(_ bytes: [UInt8]) throws(SPIFFEIDError) {
    guard bytes.count <= Self.byteCountMax else { throw .tooLong }
    guard bytes.starts(with: Self.scheme) else { throw .notSPIFFE }
    let rest = bytes[Self.scheme.count...]
    let domain = rest.prefix { $0 != UInt8(ascii: "/") }
    let path = rest[domain.endIndex...]
    guard !domain.isEmpty, domain.count <= Self.trustDomainByteCountMax,
      domain.allSatisfy(Self.isDomainByte)
    else { throw .badTrustDomain }
    guard !path.isEmpty else { throw .noPath }
    for segment in path.dropFirst().split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    {
      guard !segment.isEmpty, segment.allSatisfy(Self.isPathByte),
        !segment.elementsEqual(".".utf8), !segment.elementsEqual("..".utf8)
      else { throw .badPath }
    }
    trustDomain = String(decoding: domain, as: UTF8.self)
    self.path = String(decoding: path, as: UTF8.self)
  }

  /// - Throws: ``SPIFFEIDError``, for the first rule that is broken.
  public init(_ text: String) throws(SPIFFEIDError) { try self.init(Array(text.utf8)) }

  public var description: String { "spiffe://\(trustDomain)\(path)" }

  /// A port, user information and upper case are all refused by this.
  private static func isDomainByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// A query, a fragment and percent-encoding are all refused by this (SPIFFE-ID §2.2).
  private static func isPathByte(_ byte: UInt8) -> Bool {
    isDomainByte(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
}

/// Why a URI is no SPIFFE id.
public enum SPIFFEIDError: Error, Sendable, Hashable, CaseIterable {
  case tooLong
  case notSPIFFE
  case badTrustDomain
  case noPath
  case badPath
}

extension SPIFFEIDError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tooLong: "a SPIFFE id has at most \(SPIFFEID.byteCountMax) bytes"
    case .notSPIFFE: "the URI does not begin with spiffe://"
    case .badTrustDomain:
      "a trust domain has 1 to \(SPIFFEID.trustDomainByteCountMax) of a-z, 0-9, '.', '-', '_'; "
        + "no port and no user"
    case .noPath: "the id names a trust domain, not a workload: the path is missing"
    case .badPath:
      "each segment of the path has letters, digits, '.', '-', '_' and is not empty, '.' or '..'"
    }
  }
}
