package import RPCCore
package import TopUpAPI
internal import TopUpCore

// What credits cost, and purchases by a tier's name.

extension TopUpCalls {
  package func listPrices(
    _ request: ListPricesRequest, context call: ServerContext
  ) async throws -> ListPricesResponse {
    var reader = context.reader()
    let tenant = reader.name(request.tenant, "tenant")
    try reader.finish()
    try context.permit(call) { [$0.refusal(tenant: tenant, "tenant")] }
    let list = context.prices.list(of: tenant)
    return ListPricesResponse(
      rates: list.rates.map { rate in
        CreditRate(
          currency: rate.currency.code, creditsPerMinorUnit: "\(rate.creditsPerMinorUnit)")
      },
      tiers: list.tiers.map { tier in
        TopUpAPI.PriceTier(
          name: tier.name, price: tier.price.api, credits: "\(tier.credits)",
          bonus: "\(tier.bonus)")
      })
  }

  /// An amount, or the name of a tier; what it costs is looked up once it is known that the request
  /// is new.
  func bought(
    by request: CreateTopUpRequest, _ reader: inout RequestReader
  ) -> (amount: TopUpCore.Money?, tier: TopUpRequest.TierName?) {
    guard !request.tier.isEmpty else {
      if !request.currency.isEmpty {
        reader.reject(FieldViolation("currency", "goes with a tier; an amount has its own"))
      }
      return (reader.charge(request.amount, "amount"), nil)
    }
    if request.amount != nil {
      reader.reject(FieldViolation("amount", "must be absent with a tier, which has its price"))
    }
    let name = reader.name(request.tier, "tier")
    let currency = request.currency.isEmpty ? nil : reader.currency(request.currency, "currency")
    return (nil, TopUpRequest.TierName(name: name, currency: currency))
  }
}
