internal import CCurl
internal import TopUpCore

/// One exchange inside curl: the easy handle at work, and what has come back so far.
///
/// Belongs to curl's thread. A class, because curl keeps a pointer to it for its callbacks.
@safe final class CurlTransfer {
  let call: CurlCall
  /// Lent by ``CurlWorker``, which keeps handles for reuse.
  let easy: UnsafeMutableRawPointer
  private var reader: ResponseReader
  private var fields: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  /// Set by curl's call just before the first byte of the request: until then none has left.
  private(set) var mayHaveLeft = false
  private var wasResendRefused = false

  init(_ call: CurlCall, easy: UnsafeMutableRawPointer, _ configuration: CurlConfiguration)
    throws(CurlError)
  {
    self.call = call
    unsafe self.easy = easy
    reader = ResponseReader(
      headerBytesMax: configuration.headerBytesMax, bodyBytesMax: configuration.bodyBytesMax)
    unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    try set(configuration)
    try setRequest()
    try setCallbacks()
  }

  deinit {
    unsafe curl_slist_free_all(fields)
    unsafe errorText.deallocate()
  }

  // MARK: How it ended

  /// What came of it.
  ///
  /// Whether the request may have left is not guessed from the error: curl says when it is about
  /// to write the first byte, so everything before (no address, no connection, TLS refused) is
  /// known not to have been sent, and everything after is in doubt.
  func outcome(_ code: CURLcode) -> HTTPOutcome {
    if code == CURLE_OK {
      var status = 0
      let got = unsafe topup_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
      guard got == CURLE_OK, status >= 200, reader.isHeaderWhole else {
        return .unknown("the response's header was cut")
      }
      return .response(reader.response(status: status))
    }
    return failure(describe(code))
  }

  /// An end that curl did not make: deadline, cancellation, shutdown.
  func failure(_ reason: String) -> HTTPOutcome {
    mayHaveLeft ? .unknown(reason) : .notSent(reason)
  }

  private func describe(_ code: CURLcode) -> String {
    switch reader.overflow {
    case .header(let max): return "a response header of more than \(max) bytes"
    case .body(let max): return "a response body of more than \(max) bytes"
    case nil: break
    }
    if wasResendRefused { return "the connection was lost under the request" }
    let general = unsafe String(cString: curl_easy_strerror(code))
    let special = unsafe String(cString: errorText)
    return special.isEmpty ? general : "\(general): \(special)"
  }

  // MARK: Callbacks

  /// A connection stands and curl is about to write the request.
  ///
  /// curl writes again by itself when a connection it reused turns out dead before any answer.
  /// For a GET that is welcome. Anything else leaves at most once for each `send`: the caller asks
  /// what became of it instead (invariants 15, 29).
  fileprivate func mayWrite() -> Bool {
    if mayHaveLeft, call.request.method != .get {
      wasResendRefused = true
      return false
    }
    mayHaveLeft = true
    return true
  }

  fileprivate func takeHeaderLine(_ line: UnsafeRawBufferPointer) -> Bool {
    unsafe reader.takeHeaderLine(Array(line))
  }

  fileprivate func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    unsafe reader.takeBody(bytes)
  }

  fileprivate static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
  }

  /// The transfer of a handle that curl reports done.
  static func of(_ easy: UnsafeMutableRawPointer?) -> CurlTransfer? {
    var context: UnsafeMutableRawPointer?
    guard unsafe topup_curl_get_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK else {
      return nil
    }
    return unsafe from(context)
  }
}

// MARK: - Options

extension CurlTransfer {
  /// What every exchange has in common.
  private func set(_ configuration: CurlConfiguration) throws(CurlError) {
    try set(CURLOPT_NOSIGNAL, 1)
    // A cancelled exchange must not wait for its resolver thread (curl ≥ 7.87).
    try set(CURLOPT_QUICK_EXIT, 1)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    // The environment chooses no proxy: it would see, or could change, where money goes.
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_PATH_AS_IS, 1)
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let path = configuration.authoritiesPath { try set(CURLOPT_CAINFO, path) }
    if configuration.usesHTTP2 {
      try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
      // Rather wait for a connection that will carry many exchanges than open one for each.
      try set(CURLOPT_PIPEWAIT, 1)
    } else {
      try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    }
    try set(CURLOPT_MAXAGE_CONN, Int(max(1, configuration.idleMax.components.seconds)))
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_USERAGENT, configuration.userAgent)
    let (seconds, attoseconds) = configuration.connectTimeout.components
    let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, milliseconds))
  }

  private func setRequest() throws(CurlError) {
    try set(CURLOPT_URL, call.request.url)
    if !call.request.body.isEmpty || call.request.method == .post {
      // The size first: curl copies that many bytes (CURLOPT_COPYPOSTFIELDS(3)).
      try check(
        unsafe topup_curl_set_offset(
          easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(call.request.body.count)))
      try check(
        unsafe call.request.body.withUnsafeBytes { bytes in
          // With no body there is still a pointer: a null one would mean "read from a callback".
          unsafe withUnsafePointer(to: 0 as UInt8) { empty in
            unsafe topup_curl_set_pointer(
              easy, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(empty))
          }
        })
    }
    if call.request.method == .delete {
      try set(CURLOPT_CUSTOMREQUEST, call.request.method.rawValue)
    }
    // What curl would add of its own: a wait for 100-continue, and a type of the body.
    var lines = ["Expect:"]
    if !call.request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      lines.append("Content-Type:")
    }
    lines += call.request.headers.map { field in
      field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
    }
    for line in lines {
      guard let longer = unsafe curl_slist_append(fields, line) else {
        throw .curl(function: "curl_slist_append", message: "no memory")
      }
      unsafe fields = longer
    }
    try check(unsafe topup_curl_set_list(easy, CURLOPT_HTTPHEADER, fields))
  }

  private func setCallbacks() throws(CurlError) {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    try check(unsafe topup_curl_set_pointer(easy, CURLOPT_PRIVATE, context))
    try check(unsafe topup_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
    try check(unsafe topup_curl_set_pointer(easy, CURLOPT_PREREQDATA, context))
    try check(unsafe topup_curl_set_request_callback(easy, requestIsDue))
    try check(unsafe topup_curl_set_pointer(easy, CURLOPT_HEADERDATA, context))
    try check(unsafe topup_curl_set_write_callback(easy, CURLOPT_HEADERFUNCTION, headerLineCame))
    try check(unsafe topup_curl_set_pointer(easy, CURLOPT_WRITEDATA, context))
    try check(unsafe topup_curl_set_write_callback(easy, CURLOPT_WRITEFUNCTION, bodyCame))
  }

  private func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
    try check(unsafe topup_curl_set_long(easy, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) throws(CurlError) {
    try check(unsafe topup_curl_set_string(easy, option, value))
  }

  private func check(_ code: CURLcode) throws(CurlError) {
    guard code == CURLE_OK else { throw CurlError("curl_easy_setopt", code) }
  }
}

/// CURLOPT_PREREQFUNCTION(3)
private func requestIsDue(
  _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?,
  _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32
) -> Int32 {
  let mayWrite = unsafe CurlTransfer.from(context)?.mayWrite() ?? false
  return mayWrite ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// CURLOPT_HEADERFUNCTION(3): whole lines; any other count than the given one ends the transfer.
private func headerLineCame(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
  let isTaken = unsafe CurlTransfer.from(context)?.takeHeaderLine(line) ?? false
  return isTaken ? size * count : CurlTransfer.refusedBytes
}

/// CURLOPT_WRITEFUNCTION(3)
private func bodyCame(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
  let isTaken = unsafe CurlTransfer.from(context)?.takeBody(piece) ?? false
  return isTaken ? size * count : CurlTransfer.refusedBytes
}

extension CurlTransfer {
  /// Never a count that curl passes: a write is at most `CURL_MAX_WRITE_SIZE`, a header 100 KiB.
  fileprivate static let refusedBytes = 0x7FFF_FFFF
}
