import TopUpCore

/// What an endpoint knows of the request it serves; of a scheduled happening, only the time.
struct StripeCall {
  let requestID: String?
  let key: String?
  let now: UnixTime
  let parameters: Parameters
  /// Set by a fault: a confirm takes this long to end.
  var processing: Duration?
  /// Set by a fault: what the charge is rated as, instead of what its card says.
  var riskLevel: String?
  /// Set by a fault: why the issuer declines, whatever the card.
  var decline: CardDecline?
}
