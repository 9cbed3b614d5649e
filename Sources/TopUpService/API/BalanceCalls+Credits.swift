package import RPCCore
package import TopUpAPI
internal import TopUpCore

// Credits: used, given back, handed on.

extension BalanceCalls {
  package func deductCredits(
    _ request: DeductCreditsRequest, context call: ServerContext
  ) async throws -> DeductCreditsResponse {
    var reader = context.reader()
    try permit(call, credits: request.account, "account")
    let account = reader.credits(request.account, "account")
    let receipt = try await move(
      .deduct(account), request.amount, key: request.idempotencyKey,
      description: request.description, &reader, call)
    return DeductCreditsResponse(
      entry: receipt.entry.api, balanceAfter: "\(receipt.balanceAfter)")
  }

  package func returnCredits(
    _ request: ReturnCreditsRequest, context call: ServerContext
  ) async throws -> ReturnCreditsResponse {
    var reader = context.reader()
    try permit(call, credits: request.account, "account")
    let account = reader.credits(request.account, "account")
    let deduction = reader.idempotencyKey(request.deductionKey, "deduction_key")
    let receipt = try await move(
      .giveBack(account, key: deduction), request.amount, key: request.idempotencyKey,
      description: "", &reader, call)
    return ReturnCreditsResponse(
      entry: receipt.entry.api, balanceAfter: "\(receipt.balanceAfter)")
  }

  package func transferCredits(
    _ request: TransferCreditsRequest, context call: ServerContext
  ) async throws -> TransferCreditsResponse {
    var reader = context.reader()
    try permit(call, credits: request.from, "from")
    try permit(call, credits: request.to, "to")
    let (from, to) = (reader.credits(request.from, "from"), reader.credits(request.to, "to"))
    if !from.tenant.isExactly(to.tenant) {
      reader.reject(FieldViolation("to.tenant", "must be the tenant of from: credits stay with it"))
    } else if from == to {
      reader.reject(FieldViolation("to.user", "must be another user than that of from"))
    }
    let receipt = try await move(
      .transfer(from: from, to: to), request.amount, key: request.idempotencyKey,
      description: "", &reader, call)
    return TransferCreditsResponse(entry: receipt.entry.api)
  }

  private func move(
    _ verb: CreditsRequest.Verb, _ amount: String, key: String, description: String,
    _ reader: inout RequestReader, _ call: ServerContext
  ) async throws -> CreditsDesk.Receipt {
    let key = reader.idempotencyKey(key)
    let units = reader.units(amount, "amount")
    if units == 0 { reader.reject(FieldViolation("amount", "must be above zero")) }
    if !description.isEmpty { _ = reader.sentence(description, "description") }
    try reader.finish()
    guard let units else { throw ServiceError.invalid([]) }
    return try await context.creditsDesk.move(
      CreditsRequest(
        caller: context.caller(of: call), key: key, verb: verb, units: units,
        description: description))
  }

  private func permit(
    _ call: ServerContext, credits account: TopUpAPI.CreditsAccount?, _ field: String
  ) throws(ServiceError) {
    try context.permit(call) { [$0.refusal(tenant: account?.tenant ?? "", "\(field).tenant")] }
  }
}

extension RequestReader {
  fileprivate mutating func credits(
    _ account: TopUpAPI.CreditsAccount?, _ field: String
  ) -> TopUpCore.CreditsAccount {
    CreditsAccount(
      tenant: name(account?.tenant ?? "", "\(field).tenant"),
      user: name(account?.user ?? "", "\(field).user"))
  }
}
