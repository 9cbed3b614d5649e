package import StrictJSON
package import TopUpCore

/// What people do: cardholders in their browser, staff in the dashboard, the cardholder's bank.
/// None of it is the service's to ask for, so none of it is an endpoint.
extension SimulatedStripe {
  /// Why a person's step did not work.
  package struct PersonError: Error, Hashable, Sendable {
    package let message: String
  }

  /// Somebody types a card into Stripe's form for a set-up intent, and passes 3-D Secure if asked.
  ///
  /// - Parameter number: of a test card.
  /// - Returns: the set-up intent as it stands after it.
  package mutating func typeCard(
    _ number: String, for setupID: String, now: UnixTime
  ) throws(PersonError) -> JSON {
    advance(to: now)
    guard let setup = setups[setupID] else { throw PersonError(message: "no such setup intent") }
    guard TestCard.passesLuhn(number) else {
      throw PersonError(message: "incorrect_number: your card number is incorrect")
    }
    guard let card = TestCard.numbered(number) else {
      throw PersonError(message: "testmode_decline: not a test card")
    }
    let empty = person(now)
    let method = makeMethod(card, empty)
    let call = person(
      now, ["payment_method": .text(method.id), "return_url": .text("https://example.com/done")])
    do throws(StripeFailure) {
      _ = try confirmSetup(setup.id, call)
    } catch {
      throw PersonError(message: "\(error.code ?? ""): \(error.message)")
    }
    return setups[setupID]?.json ?? .null
  }

  /// The cardholder answers the bank's question, for a payment or a set-up intent.
  ///
  /// A payment that failed off-session for want of authentication is confirmed once more with the
  /// person there: the same intent.
  /// - Parameter succeeds: false when the person fails or refuses.
  package mutating func authenticate(
    _ id: String, succeeds: Bool = true, now: UnixTime
  ) throws(PersonError) -> JSON {
    advance(to: now)
    let call = person(now)
    if let setup = setups[id] {
      guard setup.status == .requiresAction else {
        throw PersonError(message: "the setup intent is \(setup.status.rawValue)")
      }
      if succeeds {
        _ = try? succeed(setup, call)
      } else {
        _ = failSetup(
          setup,
          CardDecline(
            "setup_intent_authentication_failure", nil,
            "The provided PaymentMethod has failed authentication."), call)
      }
      return setups[id]?.json ?? .null
    }
    guard var intent = intents[id] else { throw PersonError(message: "no such intent") }
    if intent.status == .requiresPaymentMethod,
      let failed = intent.lastError?["payment_method"]?["id"]?.string,
      intent.lastError?["code"]?.string == "authentication_required",
      methods[failed]?.isSpent == false
    {
      intent.paymentMethod = failed
      intent.isOffSession = false
      intent.status = .requiresAction
      intents.put(intent)
    }
    guard intent.status == .requiresAction else {
      throw PersonError(message: "the payment intent is \(intent.status.rawValue)")
    }
    if succeeds {
      // A decline after 3-D Secure shows in the intent and its events.
      _ = try? charge(intent, call)
    } else {
      _ = fail(
        intent,
        CardDecline(
          "payment_intent_authentication_failure", nil,
          "The provided PaymentMethod has failed authentication."), call)
    }
    return intents[id]?.json ?? .null
  }

  /// The cardholder's bank disputes a payment.
  /// - Parameters:
  ///   - id: of an intent or a charge.
  ///   - reason: `fraudulent`, `product_not_received`, or `general` for an inquiry.
  package mutating func dispute(
    _ id: String, reason: String = "fraudulent", now: UnixTime
  ) throws(PersonError) -> JSON {
    advance(to: now)
    guard let kind = TestCard.DisputeKind(rawValue: reason) else {
      throw PersonError(message: "no such reason")
    }
    let charge = intents[id]?.latestCharge ?? id
    guard let dispute = openDispute(of: charge, kind, person(now)) else {
      throw PersonError(message: "there is no paid charge to dispute")
    }
    return dispute.json
  }

  /// The cardholder's bank warns that a payment may be fraudulent; nothing moves.
  package mutating func warnOfFraud(_ id: String, now: UnixTime) throws(PersonError) -> JSON {
    advance(to: now)
    guard let charge = charges[intents[id]?.latestCharge ?? id], charge.isPaid else {
      throw PersonError(message: "there is no paid charge to warn of")
    }
    warnOfFraud(charge.id, person(now))
    return ["ok": true]
  }

  /// The bank decides a dispute.
  package mutating func decideDispute(
    _ id: String, won: Bool, now: UnixTime
  ) throws(PersonError) -> JSON {
    advance(to: now)
    guard let dispute = disputes[id], !dispute.status.isClosed else {
      throw PersonError(message: "there is no open dispute of that id")
    }
    return close(dispute, won: won, person(now)).json
  }

  /// Somebody refunds in the dashboard, behind the service's back.
  /// - Parameter amount: in minor units; nil for all that is left.
  package mutating func refundInDashboard(
    _ intent: String, amount: Int64?, now: UnixTime
  ) throws(PersonError) -> JSON {
    advance(to: now)
    var members: [String: FormValue] = ["payment_intent": .text(intent)]
    if let amount { members["amount"] = .text(String(amount)) }
    do throws(StripeFailure) {
      return try createRefund(person(now, members))
    } catch {
      throw PersonError(message: error.message)
    }
  }

  /// The processor gives a pending refund up, as when the balance never suffices for it.
  package mutating func cancelRefund(_ id: String, now: UnixTime) throws(PersonError) -> JSON {
    advance(to: now)
    guard let refund = cancelRefund(id, person(now)) else {
      throw PersonError(message: "there is no pending refund of that id")
    }
    return refund
  }

  /// Another store takes a customer over, by its name in the customer's metadata.
  package mutating func nameCustomer(
    _ id: String, after store: String, now: UnixTime
  ) throws(PersonError) -> JSON {
    advance(to: now)
    guard var customer = customers[id], !customer.isDeleted else {
      throw PersonError(message: "no such customer")
    }
    customer.metadata["topup_store"] = store
    customers.put(customer)
    return customer.json
  }

  /// A card's expiry comes to be another than is known here, as when a bank replaced the card.
  package mutating func expire(
    _ id: String, month: Int64, year: Int64, now: UnixTime
  ) throws(PersonError) -> JSON {
    advance(to: now)
    guard var method = methods[id] else { throw PersonError(message: "no such payment method") }
    let isRenewed = (year, month) > (method.expiryYear, method.expiryMonth)
    method.expiryMonth = month
    method.expiryYear = year
    methods.put(method)
    // What the card's bank tells by itself is a new date, not that an old one has passed.
    if isRenewed { emit("payment_method.automatically_updated", method, person(now)) }
    return method.json
  }

  /// The account's balance, or a part of it, goes to the bank.
  package mutating func payOut(
    amount: Int64, currency: String, now: UnixTime
  ) throws(PersonError) -> JSON {
    advance(to: now)
    let balance = transactions.newestFirst.filter { $0.currency == currency }
      .reduce(0) { $0 + $1.net }
    guard amount > 0, amount <= balance else {
      throw PersonError(message: "balance_insufficient: the balance is \(balance)")
    }
    return post(-amount, fee: 0, currency, "payout", newID("po_1"), person(now)).json
  }

  private func person(_ now: UnixTime, _ members: [String: FormValue] = [:]) -> StripeCall {
    StripeCall(requestID: nil, key: nil, now: now, parameters: Parameters(members))
  }
}
