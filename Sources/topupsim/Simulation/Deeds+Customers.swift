import RPCCore
import SimulatedWorld
import TopUpAPI
import TopUpCore

// Another store that charges the same people.

extension Deeds {
  /// Another store puts its name on a customer, as one does that was copied, or set up beside this.
  func shareCustomer() {
    let customers = world.customers
    guard !customers.isEmpty else { return }
    let customer = dice.pick(customers)
    let store = "other-\(key("store"))"
    wire.control("stripe/name_customer", #"{"customer":"\#(customer)","store":"\#(store)"}"#)
    auditor.customerIsShared(customer, with: store)
    note("\(customer) bears the name of \(store)")
  }

  /// An operator has seen that the others charge nobody any more, and lets this one send again.
  func takeOverCustomers() {
    for store in auditor.otherStores { settle("store:\(store)") }
    repairBooks()
    clearBehind()
  }
}
