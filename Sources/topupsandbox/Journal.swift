import Glibc
import SimulatedWorld
import StrictJSON
import TopUpCore

/// Everything that happened to the world, a JSON line each, so that a sandbox that is started again
/// is the same world: the models are pure, and the same inputs give the same world.
///
/// Written before the answer leaves; a demo's memory, with no promise for power cuts.
struct Journal {
  /// One input of the world.
  enum Line {
    case call(FaultRule.Service, HTTPRequest)
    case control(HTTPRequest)
    case settled(delivery: UInt64, status: Int?)
  }

  /// What a world begins with.
  struct Beginning {
    var started: UnixTime
    var seed: UInt64
  }

  private let descriptor: Int32
  let beginning: Beginning
  /// What is to be replayed, oldest first.
  private(set) var past: [(UnixTime, Line)] = []

  /// Opens a journal, or begins one.
  init(path: String, orBeginWith fresh: Beginning) throws {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw JournalError(description: "cannot open \(path)") }
    let lines = try Self.lines(of: descriptor)
    guard let first = lines.first else {
      beginning = fresh
      write(["started": .integer(fresh.started.milliseconds), "seed": .integer(fresh.seed)])
      return
    }
    guard let started = first["started"]?.int64, case .number(let digits) = first["seed"],
      let seed = UInt64(digits)
    else { throw JournalError(description: "\(path) is no journal of a sandbox") }
    beginning = Beginning(started: UnixTime(milliseconds: started), seed: seed)
    past = try lines.dropFirst().map { line in
      guard let moment = line["t"]?.int64, let input = Self.line(line) else {
        throw JournalError(description: "\(path) holds a line that is not understood")
      }
      return (UnixTime(milliseconds: moment), input)
    }
  }

  mutating func forgetPast() { past = [] }

  func record(_ line: Line, at now: UnixTime) {
    var object = JSONObject()
    object["t"] = .integer(now.milliseconds)
    switch line {
    case .call(let service, let request):
      object["call"] = .string(service.rawValue)
      object["request"] = Self.json(request)
    case .control(let request): object["control"] = Self.json(request)
    case .settled(let delivery, let status):
      object["settled"] = .integer(delivery)
      if let status { object["status"] = .integer(status) }
    }
    write(.object(object))
  }

  // MARK: Lines

  private func write(_ json: JSON) {
    let bytes = json.utf8 + [0x0A]
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }

  private static func lines(of descriptor: Int32) throws -> [JSON] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    // A line that was cut off by the end of the process was never answered.
    let whole = bytes.lastIndex(of: 0x0A).map { bytes[..<$0] } ?? []
    return try whole.split(separator: 0x0A).map { try JSON(parsing: $0) }
  }

  private static func json(_ request: HTTPRequest) -> JSON {
    [
      "method": .string(request.method.rawValue), "url": .string(request.url),
      "headers": .array(request.headers.map { .array([.string($0.name), .string($0.value)]) }),
      "body": .string(String(decoding: request.body, as: UTF8.self)),
    ]
  }

  private static func line(_ json: JSON) -> Line? {
    if let service = json["call"]?.string.flatMap({ FaultRule.Service(rawValue: $0) }) {
      return json["request"].flatMap(request).map { .call(service, $0) }
    }
    if let control = json["control"] { return request(control).map { .control($0) } }
    return json["settled"]?.int64.map {
      .settled(delivery: UInt64($0), status: json["status"]?.int64.map { Int($0) })
    }
  }

  private static func request(_ json: JSON) -> HTTPRequest? {
    guard let method = json["method"]?.string.flatMap({ HTTPRequest.Method(rawValue: $0) }),
      let url = json["url"]?.string, let body = json["body"]?.string
    else { return nil }
    let headers = (json["headers"]?.array ?? []).compactMap { pair -> HTTPField? in
      guard let parts = pair.array, parts.count == 2, let name = parts[0].string,
        let value = parts[1].string
      else { return nil }
      return HTTPField(name, value)
    }
    return HTTPRequest(
      method, url, headers: headers, body: Array(body.utf8), timeout: .seconds(30))
  }
}

/// Why a journal cannot be used.
struct JournalError: Error, CustomStringConvertible {
  let description: String
}
