internal import StrictJSON
package import TopUpCore

/// What a webhook delivered.
package enum StripeDelivery: Hashable, Sendable {
  /// With a snapshot of its object.
  case snapshot(ProcessorEvent)
  /// Of a v2 destination: names an object and shows nothing of it. Not what the endpoint should be
  /// set up for; to be answered and logged.
  case thin(id: String, type: String)
}

/// Reads events, from a webhook's body and from the list of events.
///
/// A body is decoded only after ``StripeSignature`` has verified its bytes.
package enum StripeEventDecoder {
  /// - Parameter body: the raw bytes.
  package static func delivery(_ body: [UInt8]) throws(StripeEventError) -> StripeDelivery {
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: body)
    } catch {
      throw .notJSON
    }
    if json["object"]?.string == "v2.core.event" {
      return .thin(id: try word(json, "id"), type: try word(json, "type"))
    }
    return .snapshot(try event(json))
  }

  static func event(_ json: JSON) throws(StripeEventError) -> ProcessorEvent {
    guard json["object"]?.string == "event" else { throw .missing("object") }
    if let account = json.optionalWord("account") { throw .connectedAccount(account) }
    guard let object = json["data"]?["object"], object.object != nil else {
      throw .missing("data.object")
    }
    let kind = object["object"]?.string
    guard let livemode = json["livemode"]?.bool else { throw .missing("livemode") }
    return ProcessorEvent(
      id: try word(json, "id"), type: try word(json, "type"), object: try word(object, "id"),
      intent: (kind == "payment_intent"
        ? object.optionalWord("id") : object.expandableID("payment_intent"))
        .map { PaymentIntentID($0) },
      created: try created(json), livemode: livemode,
      // Null only on events of an account without a default version.
      apiVersion: json.optionalWord("api_version") ?? "")
  }

  private static func word(_ json: JSON, _ name: String) throws(StripeEventError) -> String {
    guard let text = json.optionalWord(name) else { throw .missing(name) }
    return text
  }

  private static func created(_ json: JSON) throws(StripeEventError) -> UnixTime {
    do throws(Unreadable) {
      return try json.seconds("created")
    } catch {
      throw .missing("created")
    }
  }
}
