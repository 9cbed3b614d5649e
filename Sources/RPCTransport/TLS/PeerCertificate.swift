internal import COpenSSL
internal import RPCCore

/// Reads who a certificate is for. Its signature is OpenSSL's business.
enum PeerCertificate {
  /// Why a certificate names nobody.
  enum Fault: Error, Hashable {
    case noURI
    case manyURIs
    case notSPIFFE(SPIFFEIDError)
  }

  /// The id in the one URI among the subject's alternative names; the common name is never looked
  /// at (facts/operations §1.4).
  ///
  /// - Parameter certificate: an `X509`.
  static func identity(_ certificate: OpaquePointer?) throws(Fault) -> SPIFFEID {
    guard let raw = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else {
      throw .noURI
    }
    let names = OpaquePointer(raw)
    defer { unsafe GENERAL_NAMES_free(names) }
    var found: [UInt8]?
    for index in 0..<(unsafe shim_num_names(names)) {
      guard let uri = unsafe shim_uri_at(names, index) else { continue }
      guard found == nil else { throw .manyURIs }
      found = unsafe [UInt8](
        UnsafeRawBufferPointer(
          start: ASN1_STRING_get0_data(uri), count: Int(ASN1_STRING_length(uri))))
    }
    guard let found else { throw .noURI }
    do throws(SPIFFEIDError) { return try SPIFFEID(found) } catch { throw .notSPIFFE(error) }
  }
}

extension PeerCertificate.Fault: CustomStringConvertible {
  var description: String {
    switch self {
    case .noURI: "the certificate has no URI among its alternative names"
    case .manyURIs: "the certificate has more than one URI among its alternative names"
    case .notSPIFFE(let error): "\(error)"
    }
  }
}
