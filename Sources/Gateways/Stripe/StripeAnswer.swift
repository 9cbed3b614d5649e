internal import StrictJSON
internal import TopUpCore

/// What an HTTP response of Stripe's says, before anybody looks at the object in it.
enum StripeAnswer: Hashable, Sendable {
  case object(JSON)
  case failed(StripeError, Refusal)
  /// An error that leaves open whether something was done, or no answer of Stripe's.
  case unknown(String)

  init(_ response: HTTPResponse) {
    let requestID = response.header("request-id").map { SecretScrub.text($0) }
    let request = requestID.map { ", request \($0)" } ?? ""
    guard let body = Self.json(response.body) else {
      self = .unknown("HTTP \(response.status) with a body that is no JSON\(request)")
      return
    }
    if (200..<300).contains(response.status) {
      self = .object(body)
      return
    }
    // A refusal counts only in Stripe's own words: a proxy's 404 says nothing of the object.
    guard let error = StripeError(status: response.status, body: body),
      let refusal = error.refusal(
        requestID: requestID, retryAfter: Self.retryAfter(response),
        shouldRetry: response.header("stripe-should-retry") == "true")
    else {
      self = .unknown("HTTP \(response.status)\(request)")
      return
    }
    self = .failed(error, refusal)
  }

  private static func json(_ bytes: [UInt8]) -> JSON? {
    do throws(JSONError) {
      return try JSON(parsing: bytes)
    } catch {
      return nil
    }
  }

  /// The field in seconds (RFC 9110 §10.2.3); a date, or more than a day, is as none.
  private static func retryAfter(_ response: HTTPResponse) -> Duration? {
    guard let seconds = response.header("retry-after").flatMap({ UInt32($0) }), seconds <= 86_400
    else { return nil }
    return .seconds(Int(seconds))
  }
}
