import RPCCore
import TopUpAPI
import TopUpCore

extension Deeds {
  /// A payer takes a card back, whatever is being charged with it.
  func removeCard() {
    let (payer, picked) = (owner.payer, dice.number(0...1_000))
    let caller = caller
    caller.call { () throws(RPCError) in
      try await caller.methods.listPaymentMethods(
        ListPaymentMethodsRequest(payer: payer), options: Caller.patience)
    } _: { [self] result in
      // The last card stays mostly: without any nothing happens any more.
      guard case .success(let answer) = result, !answer.paymentMethods.isEmpty,
        answer.paymentMethods.count > 1 || picked % 4 == 0
      else { return }
      let card = answer.paymentMethods[picked % answer.paymentMethods.count]
      let request = RemovePaymentMethodRequest(
        payer: payer, paymentMethodID: card.id, idempotencyKey: key("remove"))
      caller.call { () throws(RPCError) in
        try await caller.methods.removePaymentMethod(request, options: Caller.patience)
      } _: { [self] result in
        note("card \(card.id) removed: \(Self.word(result))")
      }
    }
  }

  /// An operator lets a card be charged again that was refused (invariant 18).
  func letCardGo() {
    let (owner, picked) = (owner, dice.number(0...1_000))
    let caller = caller
    caller.call { () throws(RPCError) in
      try await caller.methods.listPaymentMethods(
        ListPaymentMethodsRequest(payer: owner.payer), options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result, !answer.paymentMethods.isEmpty else { return }
      let card = answer.paymentMethods[picked % answer.paymentMethods.count]
      // Or its bank sends the holder a new one, of the same number.
      if picked % 3 == 0 {
        wire.control(
          "stripe/expire",
          #"{"payment_method":"\#(card.id)","month":12,"year":\#(2_040 + picked % 10)}"#)
        return note("card \(card.id) renewed")
      }
      let request = ClearBreakerRequest(
        paymentMethodID: card.id, account: owner.account,
        actor: ActorMessage(name: "operator", reason: "the bank was asked"))
      caller.call { () throws(RPCError) in
        try await caller.admin.clearBreaker(request, options: Caller.patience)
      } _: { [self] result in
        note("card \(card.id) let go: \(Self.word(result))")
      }
    }
  }

  /// Somebody withdraws what they agreed to; that they agree again is another deed, or never comes.
  func withdraw() {
    let payer = owner.payer
    let caller = caller
    caller.call { () throws(RPCError) in
      try await caller.methods.withdrawConsent(
        WithdrawConsentRequest(
          payer: payer, actor: ActorMessage(name: "user", reason: "enough")),
        options: Caller.patience)
    } _: { [self] result in
      note("consent of \(payer.user) withdrawn: \(Self.word(result))")
    }
  }

  func agree() {
    let payer = owner.payer
    let caller = caller
    let request = RecordConsentRequest(
      payer: payer, consent: consent("2"), idempotencyKey: key("consent"))
    caller.call { () throws(RPCError) in
      try await caller.methods.recordConsent(request, options: Caller.patience)
    } _: { [self] result in
      note("consent of \(payer.user): \(Self.word(result))")
    }
  }

  /// What a payer agrees to, now and then up to a limit.
  func consent(_ version: String) -> TopUpAPI.Consent {
    // One that is in another currency than the rule's forbids all.
    let currency = dice.pick(profile.currencies)
    func limit(_ range: ClosedRange<Int>) -> TopUpAPI.Money? {
      guard dice.chance(percent: 20) else { return nil }
      return TopUpAPI.Money(minorUnits: Int64(dice.number(range)), currency: currency)
    }
    return TopUpAPI.Consent(
      textVersion: version, maxPerCharge: limit(600...4_000), maxPerMonth: limit(2_000...20_000),
      actor: ActorMessage(name: "user", reason: "agreed"))
  }
}
