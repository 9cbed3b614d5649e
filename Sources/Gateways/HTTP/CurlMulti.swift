internal import CCurl

/// A reference to libcurl's multi handle. ``CurlWorker`` owns the handle; others only wake it.
///
/// Sendable because `wake` is all that another thread may call, and ``CurlInbox`` hands out no
/// reference that outlives the handle.
@safe struct CurlMulti: @unchecked Sendable {
  let raw: UnsafeMutableRawPointer

  init(_ configuration: CurlConfiguration) throws(CurlError) {
    let status = Self.libraryStatus
    guard status == CURLE_OK else { throw CurlError("curl_global_init", status) }
    guard let raw = unsafe curl_multi_init() else {
      throw .curl(function: "curl_multi_init", message: "no memory")
    }
    unsafe self.raw = raw
    let options: [(CURLMoption, Int)] = [
      (CURLMOPT_MAX_HOST_CONNECTIONS, configuration.hostConnectionsMax),
      (CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.connectionsMax),
      (CURLMOPT_MAXCONNECTS, configuration.connectionsMax),
    ]
    for (option, value) in options {
      let code = unsafe topup_curl_multi_set_long(raw, option, value)
      guard code == CURLM_OK else {
        unsafe curl_multi_cleanup(raw)
        throw CurlError("curl_multi_setopt", code)
      }
    }
  }

  /// Has the thread return from its wait (curl_multi_wakeup(3)).
  func wake() {
    // It can fail only when the thread has been told already.
    _ = unsafe curl_multi_wakeup(raw)
  }

  /// Frees it, when no thread came to own it.
  func free() { unsafe curl_multi_cleanup(raw) }

  /// Once in a process (curl_global_init(3)); Swift runs it once, whatever the threads.
  private static let libraryStatus = topup_curl_global_init()
}

extension CurlError {
  init(_ function: String, _ code: CURLcode) {
    self = .curl(function: function, message: unsafe String(cString: curl_easy_strerror(code)))
  }

  init(_ function: String, _ code: CURLMcode) {
    self = .curl(function: function, message: unsafe String(cString: curl_multi_strerror(code)))
  }
}
