internal import StrictJSON
package import TopUpCore

/// Stripe over any HTTP transport. Keeps no state and repeats nothing: whether to send again, to
/// ask or to wait is the engine's to decide, from what each call is known to have done.
package struct StripeClient: Sendable {
  let configuration: StripeConfiguration
  let reader: StripeReader
  private let transport: any HTTPTransport

  package init(_ configuration: StripeConfiguration, over transport: any HTTPTransport) {
    self.configuration = configuration
    self.transport = transport
    reader = StripeReader(livemode: configuration.livemode)
  }

  /// Stripe's clock at the answer to a cheap question.
  ///
  /// The field counts whole seconds; a refusal, of a restricted key say, tells the time as well.
  package func serverTime() async -> OutsideResult<UnixTime> {
    switch await send(.get("balance")) {
    case .response(let response):
      guard let time = response.header("date").flatMap({ HTTPDate.parse($0) }) else {
        return .unknown("\(Unreadable("no usable date"))")
      }
      return .answered(time)
    case .notSent(let reason): return .notSent(reason)
    case .unknown(let reason): return .unknown(reason)
    case nil: return Self.unsendable()
    }
  }

  // MARK: One call

  /// Makes a call whose answer is one object or a list.
  func call<Value>(
    _ request: StripeRequest, _ read: (JSON) throws(Unreadable) -> Value
  ) async -> OutsideResult<Value> {
    await call(request, read) { _, refusal throws(Unreadable) in .refused(refusal) }
  }

  /// - Parameters:
  ///   - heard: is shown the response before it is read.
  ///   - onFailure: what a refusal means for this call.
  func call<Value>(
    _ request: StripeRequest, _ read: (JSON) throws(Unreadable) -> Value,
    heard: (HTTPResponse) -> Void = { _ in },
    onFailure: (StripeError, Refusal) throws(Unreadable) -> OutsideResult<Value>
  ) async -> OutsideResult<Value> {
    switch await send(request) {
    case .response(let response):
      heard(response)
      do throws(Unreadable) {
        switch StripeAnswer(response) {
        case .object(let json): return .answered(try read(json))
        case .failed(let error, let refusal): return try onFailure(error, refusal)
        case .unknown(let reason): return .unknown(reason)
        }
      } catch {
        return .unknown("\(error)")
      }
    case .notSent(let reason): return .notSent(reason)
    case .unknown(let reason): return .unknown(reason)
    case nil: return Self.unsendable()
    }
  }

  private func send(_ request: StripeRequest) async -> HTTPOutcome? {
    guard let http = request.http(configuration) else { return nil }
    return await transport.send(http)
  }

  private static func unsendable<Value>() -> OutsideResult<Value> {
    .refused(
      Refusal(.invalid, code: "unsendable_id", message: "an id or a key that no request can name"))
  }

  // MARK: Lists

  /// The most that a list call takes in one page.
  static let pageElementsMax: Int64 = 100
  /// A list that goes on after so many pages is not taken for a whole one.
  static let pagesMax = 20

  /// Every element of a list, page after page.
  ///
  /// - Parameter read: nil leaves an element out.
  func all<Value>(
    _ request: StripeRequest, _ read: (JSON) throws(Unreadable) -> Value?
  ) async -> OutsideResult<[Value]> {
    var values: [Value] = []
    var after: String?
    for _ in 0..<Self.pagesMax {
      switch await page(request, after: after, read) {
      case .answered(let page):
        values += page.elements
        guard let next = page.next else { return .answered(values) }
        after = next
      case .refused(let refusal): return .refused(refusal)
      case .unknown(let reason): return .unknown(reason)
      case .notSent(let reason): return .notSent(reason)
      }
    }
    return .unknown("a list of more than \(Int64(Self.pagesMax) * Self.pageElementsMax) elements")
  }

  /// One page of a list.
  ///
  /// - Parameter read: nil leaves an element out.
  func page<Value>(
    _ request: StripeRequest, after: String?, _ read: (JSON) throws(Unreadable) -> Value?
  ) async -> OutsideResult<OutsidePage<Value>> {
    var page = request
    page.form.add("limit", value: .integer(Self.pageElementsMax))
    page.form.add("starting_after", value: after.map { .text($0) })
    return await call(page) { json throws(Unreadable) in
      let (elements, hasMore) = try reader.list(json)
      var values: [Value] = []
      for element in elements {
        if let value = try read(element) { values.append(value) }
      }
      guard hasMore else { return OutsidePage(values, next: nil) }
      guard let last = elements.last else { throw Unreadable("an empty page that goes on") }
      return OutsidePage(values, next: try last.word("id"))
    }
  }
}
