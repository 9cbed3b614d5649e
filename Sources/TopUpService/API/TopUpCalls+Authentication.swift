internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// What a person needs to finish a charge, now or by a link.

extension TopUpCalls {
  package func createAuthentication(
    _ request: CreateAuthenticationRequest, context call: ServerContext
  ) async throws -> CreateAuthenticationResponse {
    var reader = context.reader()
    let returnURL = reader.returnURL(request.returnURL, "return_url")
    _ = try context.tenants(of: call)
    try reader.finish()
    let id = TopUpID(request.topUpID)
    try context.permit(call, topUp: id)
    let (part, token) = try await context.authentications.issue(
      for: id, returnURL: returnURL, caller: context.caller(of: call))
    return CreateAuthenticationResponse(
      clientSecret: part.secret.reveal(), oneTimeToken: token.text.reveal(),
      expiresAt: part.turn.ends.timestamp, paymentMethodID: part.turn.card.rawValue)
  }

  package func redeemAuthentication(
    _ request: RedeemAuthenticationRequest, context call: ServerContext
  ) async throws -> RedeemAuthenticationResponse {
    _ = try context.tenants(of: call)
    // Another tenant's token is as one that there is not.
    guard let token = AuthenticationToken(request.oneTimeToken),
      let link = try context.authentications.link(of: token),
      try mayName(call, link.topUp)
    else { throw ServiceError.unknownToken }
    let (part, redeemed) = try await context.authentications.redeem(token)
    // The token is used up, and opens nothing a second time.
    return RedeemAuthenticationResponse(
      topUp: known(part.topUp), clientSecret: part.secret.reveal(),
      paymentMethodID: part.turn.card.rawValue, returnURL: redeemed.returnURL,
      expiresAt: redeemed.expires.timestamp)
  }

  private func mayName(_ call: ServerContext, _ id: TopUpID) throws(ServiceError) -> Bool {
    let topUp = try context.store.look { snapshot throws(StoreError) in try snapshot.topUp(id) }
    return topUp.map { context.mayName(call, payer: $0.payer) } ?? false
  }
}

extension RequestReader {
  /// Where a person is sent afterwards: https, so that nobody on the way reads where; or nowhere.
  fileprivate mutating func returnURL(_ text: String, _ field: String) -> String {
    let bytesMax = 2_048
    let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    let hasHost = text.hasPrefix("https://") && text.utf8.count > "https://".utf8.count
    if !text.isEmpty, !hasHost || !isPlain || text.utf8.count > bytesMax {
      reject(
        FieldViolation(
          field, "must begin with https:// and be at most \(bytesMax) printable ASCII characters"))
    }
    return text
  }
}
