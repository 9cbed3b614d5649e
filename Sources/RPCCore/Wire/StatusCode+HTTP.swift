extension StatusCode {
  /// What an HTTP status says of a call whose answer bears no `grpc-status`: it came from a proxy or
  /// from no gRPC server at all.
  ///
  /// - Source: gRPC http-grpc-status-mapping. 200 is UNKNOWN too: a gRPC server would have said OK.
  package init(httpStatus: Int) {
    self =
      switch httpStatus {
      case 400: .internal
      case 401: .unauthenticated
      case 403: .permissionDenied
      case 404: .unimplemented
      case 429, 502, 503, 504: .unavailable
      default: .unknown
      }
  }

  /// What an RST_STREAM of the server says of the call.
  ///
  /// - Parameter resetCode: an error code of RFC 9113 §7.
  /// - Source: gRPC PROTOCOL-HTTP2, "Errors" (facts/grpc A41).
  package init(resetCode: UInt32) {
    self =
      switch resetCode {
      case 0x7: .unavailable  // REFUSED_STREAM: nothing was processed.
      case 0x8: .cancelled  // CANCEL
      case 0xB: .resourceExhausted  // ENHANCE_YOUR_CALM
      case 0xC: .permissionDenied  // INADEQUATE_SECURITY
      default: .internal
      }
  }
}
