import StrictJSON
import TopUpCore

/// A request's body read strictly: a member that the contract does not name is refused.
struct RampRequest {
  private let json: JSON

  init(body request: HTTPRequest) throws(RampFailure) {
    let type = request.values(of: "content-type").first?.lowercased() ?? ""
    guard type.hasPrefix("application/json") else {
      throw RampFailure(.invalidRequest, "send application/json")
    }
    guard let json = try? JSON(parsing: request.body), json.object != nil else {
      throw RampFailure(.invalidRequest, "the body is no JSON object")
    }
    self.json = json
  }

  private init(_ json: JSON) { self.json = json }

  func allowOnly(_ names: [String]) throws(RampFailure) {
    for member in json.object?.members ?? [] where !names.contains(member.name) {
      throw RampFailure(.invalidRequest, "unknown member \(member.name)")
    }
  }

  func text(_ name: String) throws(RampFailure) -> String {
    guard let text = json[name]?.string, !text.isEmpty else {
      throw RampFailure(.invalidRequest, "\(name) is a text")
    }
    return text
  }

  func integer(_ name: String) throws(RampFailure) -> Int64 {
    guard let value = json[name]?.int64 else {
      throw RampFailure(.invalidRequest, "\(name) is a whole number")
    }
    return value
  }

  func planck(_ name: String) throws(RampFailure) -> Planck {
    guard let planck = Planck(decimal: try text(name)), planck > .zero else {
      throw RampFailure(.invalidRequest, "\(name) is planck in decimal digits")
    }
    return planck
  }

  func cluster(_ name: String) throws(RampFailure) -> ClusterID {
    guard let cluster = ClusterID(try bytes(name)) else {
      throw RampFailure(.invalidDestination, "\(name) is 0x and 20 bytes of lower-case hex")
    }
    return cluster
  }

  private func bytes(_ name: String) throws(RampFailure) -> [UInt8] {
    let text = try text(name)
    guard text == text.lowercased(), let bytes = Hex.prefixedBytes(text) else {
      throw RampFailure(.invalidDestination, "\(name) is 0x and lower-case hex")
    }
    return bytes
  }

  /// The body of an order, and its id.
  func order() throws(RampFailure) -> (id: String, body: SimulatedOrder.Body) {
    try allowOnly(["client_order_id", "quote_id", "destination", "planck", "payment_reference"])
    let id = try text("client_order_id")
    guard Self.isOrderID(id) else {
      throw RampFailure(.invalidRequest, "client_order_id is <top-up>:<n>")
    }
    guard let place = json["destination"], place.object != nil else {
      throw RampFailure(.invalidRequest, "destination is an object")
    }
    let destination = RampRequest(place)
    try destination.allowOnly(["cluster_id", "owner"])
    guard let owner = AccountID32(try destination.bytes("owner")) else {
      throw RampFailure(.invalidDestination, "owner is 0x and 32 bytes of lower-case hex")
    }
    return (
      id,
      SimulatedOrder.Body(
        quote: try text("quote_id"),
        destination: DDCAccount(cluster: try destination.cluster("cluster_id"), owner: owner),
        planck: try planck("planck"), paymentReference: try text("payment_reference"))
    )
  }

  /// `<top-up>:<n>`, n from 1 (invariant 28).
  static func isOrderID(_ text: String) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let number = UInt32(parts[1]) else { return false }
    return number > 0 && String(number) == parts[1] && text.utf8.count <= 255
  }
}
