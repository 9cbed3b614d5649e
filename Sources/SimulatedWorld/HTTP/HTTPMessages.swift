import StrictJSON
import TopUpCore

extension HTTPRequest {
  /// The values of a field, whatever the case of its name.
  func values(of name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name }.map(\.value)
  }
}

extension HTTPResponse {
  /// A response with a JSON body.
  static func json(_ body: JSON, status: Int = 200, headers: [HTTPField] = []) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: [HTTPField("content-type", "application/json")] + headers,
      body: body.utf8)
  }
}
