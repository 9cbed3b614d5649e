import RPCCore
import TopUpAPI

struct FakePaymentMethods: PaymentMethodsServiceProtocol {
  let daemon: FakeDaemon

  private let card = PaymentMethod(
    id: "pm_1", brand: "visa", last4: "4242", expiryMonth: 4, expiryYear: 2029, funding: "credit",
    isDefault: true)

  init(daemon: FakeDaemon) { self.daemon = daemon }

  func addPaymentMethod(
    _ request: AddPaymentMethodRequest, context: ServerContext
  ) async throws -> AddPaymentMethodResponse {
    daemon.withMemory { $0.cards.append(request) }
    if request.paymentMethodID.isEmpty {
      return AddPaymentMethodResponse(setupID: "seti_1", clientSecret: "seti_1_secret_x")
    }
    return AddPaymentMethodResponse(paymentMethod: card)
  }

  func getSetup(
    _ request: GetSetupRequest, context: ServerContext
  ) async throws -> GetSetupResponse {
    GetSetupResponse(status: "succeeded", paymentMethod: card)
  }

  func listPaymentMethods(
    _ request: ListPaymentMethodsRequest, context: ServerContext
  ) async throws -> ListPaymentMethodsResponse {
    ListPaymentMethodsResponse(paymentMethods: [card])
  }

  func removePaymentMethod(
    _ request: RemovePaymentMethodRequest, context: ServerContext
  ) async throws -> RemovePaymentMethodResponse {
    daemon.withMemory { $0.removed.append(request) }
    return RemovePaymentMethodResponse()
  }

  func recordConsent(
    _ request: RecordConsentRequest, context: ServerContext
  ) async throws -> RecordConsentResponse {
    daemon.withMemory { $0.consents.append(request) }
    return RecordConsentResponse(consent: request.consent)
  }

  func withdrawConsent(
    _ request: WithdrawConsentRequest, context: ServerContext
  ) async throws -> WithdrawConsentResponse { WithdrawConsentResponse() }

  func updatePaymentMethod(
    _ request: UpdatePaymentMethodRequest, context: ServerContext
  ) async throws -> UpdatePaymentMethodResponse {
    daemon.withMemory { $0.updated.append(request) }
    return UpdatePaymentMethodResponse(
      paymentMethod: PaymentMethod(
        id: request.paymentMethodID, brand: "visa", last4: "4242",
        expiryMonth: request.expiryMonth, expiryYear: request.expiryYear))
  }

  func orderPaymentMethods(
    _ request: OrderPaymentMethodsRequest, context: ServerContext
  ) async throws -> OrderPaymentMethodsResponse { throw FakeDaemon.unused }
}
