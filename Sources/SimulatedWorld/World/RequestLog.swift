import StrictJSON
package import TopUpCore

/// What the world was asked, for people and tests to look at: the newest entries and all counts.
package struct RequestLog: Sendable {
  package struct Entry: Sendable {
    package let number: Int
    package let time: UnixTime
    package let service: FaultRule.Service
    package let method: String
    package let path: String
    /// The path with ids left out; for a node, the method called.
    package let endpoint: String
    package let idempotencyKey: String?
    /// Without headers: those hold the key.
    package let body: String
    /// Nil when nothing was answered.
    package var status: Int?
    /// What was odd about it, such as `replayed` or a fault.
    package var note: String
    /// The body of the answer, as it left or was lost.
    package let answer: [UInt8]
  }

  static let entriesMax = 2000
  static let bodyBytesMax = 4096

  package private(set) var entries: [Entry] = []
  package private(set) var counts: [String: Int] = [:]
  private var total = 0

  package init() {}

  /// The newest entry.
  package var last: Entry? { entries.last }

  mutating func add(
    _ service: FaultRule.Service, _ request: HTTPRequest, status: Int?, note: String,
    answer: [UInt8], now: UnixTime
  ) {
    total += 1
    let path = RequestTarget(url: request.url)?.path ?? request.url
    let endpoint = Self.endpoint(service, request, path)
    if entries.count >= Self.entriesMax { entries.removeFirst(Self.entriesMax / 10) }
    entries.append(
      Entry(
        number: total, time: now, service: service, method: request.method.rawValue, path: path,
        endpoint: endpoint, idempotencyKey: request.values(of: "idempotency-key").first,
        body: String(decoding: request.body.prefix(Self.bodyBytesMax), as: UTF8.self),
        status: status, note: note, answer: answer))
    counts["\(service.rawValue) \(endpoint)", default: 0] += 1
  }

  private static func endpoint(
    _ service: FaultRule.Service, _ request: HTTPRequest, _ path: String
  ) -> String {
    if service == .node, let call = try? JSON(parsing: request.body),
      let method = call["method"]?.string
    {
      return method
    }
    let segments = path.split(separator: "/").enumerated().map { index, segment in
      index == 2 || index == 4 ? ":id" : String(segment)
    }
    return "\(request.method.rawValue) /" + segments.joined(separator: "/")
  }
}
