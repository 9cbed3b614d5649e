/// One HTTP request to another system.
package struct HTTPRequest: Hashable, Sendable {
  package enum Method: String, Hashable, Sendable {
    case get = "GET", post = "POST", delete = "DELETE"
  }

  package var method: Method
  /// Absolute, with its query.
  package var url: String
  /// Sent as given, in order.
  package var headers: [HTTPField]
  package var body: [UInt8]
  /// The whole exchange, from connecting to the last byte.
  package var timeout: Duration

  package init(
    _ method: Method, _ url: String, headers: [HTTPField] = [], body: [UInt8] = [],
    timeout: Duration
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
  }
}

/// A header field.
package struct HTTPField: Hashable, Sendable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A whole HTTP response.
package struct HTTPResponse: Hashable, Sendable {
  package var status: Int
  /// Names in lower case.
  package var headers: [HTTPField]
  package var body: [UInt8]

  package init(status: Int, headers: [HTTPField] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first value of a field.
  /// - Parameter name: in lower case.
  package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// How an exchange ended.
package enum HTTPOutcome: Hashable, Sendable {
  case response(HTTPResponse)
  /// No byte of the request can have reached the other side: no address, no connection, no TLS.
  case notSent(String)
  /// Bytes may have arrived and may have been acted on.
  case unknown(String)
}

/// The one door to other systems over HTTP. Fakes sit below it, so that the real clients run in
/// tests and in the simulator.
package protocol HTTPTransport: Sendable {
  func send(_ request: HTTPRequest) async -> HTTPOutcome
}
