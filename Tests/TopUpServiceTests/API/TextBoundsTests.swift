import RPCClient
import RPCCore
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Texts that come back in answers have an end, whoever sends them.
@Suite struct TextBoundsTests {
  private static let long = String(repeating: "x", count: 20_000)
  /// One character, of 20,000 and one scalars.
  private static let heavy = "e" + String(repeating: "\u{301}", count: 20_000)

  private func serving(
    _ body: (RPCChannel, CallOptions, CreatorGround) async throws -> Void
  ) async throws {
    let ground = try await CreatorGround(consent: nil)
    let guarded = try await GuardedGround(
      nil, over: ground.store, fence: ground.store.fence)
    do {
      try await body(guarded.channel, try GuardedGround.options(nil), ground)
    } catch {
      await guarded.close()
      throw error
    }
    await guarded.close()
  }

  private func refusal(_ call: () async throws -> Void) async -> RPCError? {
    do {
      try await call()
      return nil
    } catch { return error as? RPCError }
  }

  @Test func `who does something and why is held to what is kept of it`() async throws {
    try await serving { channel, options, ground in
      let payer = TopUpAPI.Payer(tenant: "acme", user: "u1")
      let topUps = TopUpClient(channel)
      let cards = PaymentMethodsClient(channel)
      for text in [Self.long, Self.heavy, "two\nlines"] {
        let named = ActorMessage(name: text)
        let told = ActorMessage(name: "ops", reason: text)
        let consent = TopUpAPI.Consent(textVersion: "1", actor: named)
        let refusals: [(String, RPCError?)] = [
          (
            "actor.name",
            await refusal {
              _ = try await topUps.cancelTopUp(
                CancelTopUpRequest(id: "tu_1", actor: named), options: options)
            }
          ),
          (
            "actor.reason",
            await refusal {
              _ = try await topUps.cancelTopUp(
                CancelTopUpRequest(id: "tu_1", actor: told), options: options)
            }
          ),
          (
            "consent.actor.name",
            await refusal {
              _ = try await cards.recordConsent(
                RecordConsentRequest(payer: payer, consent: consent, idempotencyKey: "k"),
                options: options)
            }
          ),
          (
            "consent.actor.name",
            await refusal {
              _ = try await cards.addPaymentMethod(
                AddPaymentMethodRequest(payer: payer, idempotencyKey: "k", consent: consent),
                options: options)
            }
          ),
          (
            "email",
            await refusal {
              _ = try await cards.addPaymentMethod(
                AddPaymentMethodRequest(payer: payer, idempotencyKey: "k", email: text),
                options: options)
            }
          ),
          (
            "actor.name",
            await refusal {
              _ = try await cards.withdrawConsent(
                WithdrawConsentRequest(payer: payer, actor: named), options: options)
            }
          ),
        ]
        for (field, refusal) in refusals {
          #expect(refusal?.code == .invalidArgument, "\(field)")
          #expect(refusal?.message.hasPrefix("\(field): ") == true, "\(field)")
        }
      }
      let consent = try ground.store.look { snapshot throws(StoreError) in
        try snapshot.payer(CreatorGround.payer).consent
      }
      #expect(consent == nil)
    }
  }

  @Test func `what there is none of is told by the beginning of its name`() async throws {
    try await serving { channel, options, _ in
      let payer = TopUpAPI.Payer(tenant: "acme", user: "u1")
      let topUps = TopUpClient(channel)
      let cards = PaymentMethodsClient(channel)
      for text in [Self.long, Self.heavy] {
        let refusals = [
          await refusal {
            _ = try await topUps.getTopUp(GetTopUpRequest(by: .id(text)), options: options)
          },
          await refusal {
            _ = try await topUps.getTopUp(
              GetTopUpRequest(by: .idempotencyKey(text)), options: options)
          },
          await refusal {
            _ = try await cards.getSetup(GetSetupRequest(setupID: text), options: options)
          },
          await refusal {
            _ = try await cards.removePaymentMethod(
              RemovePaymentMethodRequest(
                payer: payer, paymentMethodID: text, idempotencyKey: "k"), options: options)
          },
          await refusal {
            _ = try await cards.orderPaymentMethods(
              OrderPaymentMethodsRequest(
                payer: payer, paymentMethodIDs: [text], idempotencyKey: "k"),
              options: options)
          },
        ]
        for refusal in refusals {
          #expect(refusal?.code == .notFound)
          #expect((1...1_000).contains(refusal?.message.utf8.count ?? 0))
        }
        var policy = TopUpAPI.Policy()
        policy.account = Account(
          kind: .credits(TopUpAPI.CreditsAccount(tenant: "acme", user: "u1")))
        policy.payer = payer
        policy.threshold = "1"
        policy.amount = .fixed(TopUpAPI.Money(minorUnits: 500, currency: text))
        let currency = await refusal {
          _ = try await topUps.setPolicy(
            SetPolicyRequest(policy: policy, idempotencyKey: "c"), options: options)
        }
        #expect(currency?.code == .invalidArgument)
        #expect((1...1_000).contains(currency?.message.utf8.count ?? 0))
        policy.amount = .tier(text)
        policy.enabled = true
        let tier = await refusal {
          _ = try await topUps.setPolicy(
            SetPolicyRequest(policy: policy, idempotencyKey: "t"), options: options)
        }
        #expect(tier?.code == .invalidArgument)
        #expect((1...1_000).contains(tier?.message.utf8.count ?? 0))
      }
    }
  }
}
