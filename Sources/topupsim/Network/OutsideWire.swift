import RPCCore
import RPCTransport
import SimulatedWorld
import TestSupport
import TopUpCore

/// The network between the daemons and the world outside, and that world's clock: requests arrive
/// late, answers come late or not at all, and webhooks set out.
///
/// `@unchecked Sendable`: on its loop only.
final class OutsideWire: @unchecked Sendable {
  static let stripeURL = "http://127.0.0.1:1"
  static let rampURL = "http://127.0.0.1:2"
  static let nodeURL = "http://127.0.0.1:3"

  /// How long a message travels; drawn for each.
  struct Weather {
    /// The least; every doubling is half as likely.
    var milliseconds = 5
    var doublings = 6
  }

  /// A request whose answer is awaited.
  private final class Call {
    let process: DiskProcess
    let request: HTTPRequest
    /// In the order in which calls were made.
    let number: Int
    var answer: CheckedContinuation<HTTPOutcome, Never>?
    var timeout: LoopTimer?

    init(_ number: Int, _ process: DiskProcess, _ request: HTTPRequest) {
      self.number = number
      self.process = process
      self.request = request
    }
  }

  private enum Moment {
    case arrives(Call)
    case answered(Call, World.Reply)
  }

  let loop: ManualLoop
  private let dice: Dice
  private let started: (wall: UnixTime, loop: MonotonicInstant)
  private(set) var world: World
  var weather = Weather()
  /// Told of each webhook that sets out.
  var onWebhook: (SimulatedWorld.WebhookDelivery) -> Void = { _ in }
  /// Told of each request before it is sent.
  var onCall: (DiskProcess, FaultRule.Service, HTTPRequest) -> Void = { _, _, _ in }
  /// Told of what a process that lives is told of its request.
  var onOutcome: (FaultRule.Service, HTTPRequest, HTTPOutcome) -> Void = { _, _, _ in }
  /// Whether a call's process dies with it, and if so whether the request leaves first.
  var deathAtCall: () -> (dies: Bool, leaves: Bool) = { (false, false) }
  /// Rises whenever the world may have changed.
  private(set) var changes = 0
  private var knownPayments: (at: Int, facts: [PaymentFact])?
  private var calls: [World.Ticket: Call] = [:]
  private var waiting: [Int: Call] = [:]
  private var lastCall = 0
  private lazy var timer = LoopTimer { [unowned self] in pump() }

  init(_ world: World, started: UnixTime, on loop: ManualLoop, _ dice: Dice) {
    self.world = world
    self.loop = loop
    self.dice = dice
    self.started = (started, loop.now)
  }

  /// The true time, which no daemon's clock need agree with.
  var now: UnixTime { started.wall.advanced(by: loop.now.since(started.loop)) }

  /// Every payment as it stands, oldest first.
  var payments: [PaymentFact] {
    if let knownPayments, knownPayments.at == changes { return knownPayments.facts }
    let facts = world.payments
    knownPayments = (changes, facts)
    return facts
  }

  // MARK: Requests

  static func service(of request: HTTPRequest) -> FaultRule.Service {
    request.url.hasPrefix(stripeURL) ? .stripe : request.url.hasPrefix(rampURL) ? .ramp : .node
  }

  func send(_ request: HTTPRequest, of process: DiskProcess) async -> HTTPOutcome {
    guard !process.isDead else { return .notSent("its process is dead") }
    onCall(process, Self.service(of: request), request)
    let death = deathAtCall()
    if death.dies, !death.leaves {
      process.die()
      return .notSent("its process died")
    }
    return await withCheckedContinuation { continuation in
      lastCall += 1
      let call = Call(lastCall, process, request)
      call.answer = continuation
      waiting[call.number] = call
      let timeout = LoopTimer { [unowned self, unowned call] in
        finish(call, .unknown("no answer in \(request.timeout)"))
      }
      call.timeout = timeout
      loop.schedule(timeout, at: loop.now.advanced(by: request.timeout))
      after(travel()) { [self] in arrived(call) }
      if death.dies { process.die() }
    }
  }

  private func arrived(_ call: Call) {
    let ticket = world.receive(call.request, by: Self.service(of: call.request), now: now)
    calls[ticket] = call
    pump()
  }

  /// Lets the world go on to now, and sends off what comes of it.
  private func pump() {
    changes += 1
    for happening in world.advance(to: now) {
      switch happening {
      case .reply(let ticket, let reply):
        guard let call = calls.removeValue(forKey: ticket) else { continue }
        after(travel()) { [self] in answered(call, reply) }
      case .webhook(let delivery): onWebhook(delivery)
      }
    }
    arm()
  }

  private func answered(_ call: Call, _ reply: World.Reply) {
    switch reply {
    case .response(let response): finish(call, .response(response))
    case .cut: finish(call, .unknown("cut"))
    case .silence: break  // Until its time is up.
    }
  }

  private func finish(_ call: Call, _ outcome: HTTPOutcome) {
    if let timeout = call.timeout { loop.cancel(timeout) }
    call.timeout = nil
    waiting[call.number] = nil
    guard let answer = call.answer else { return }
    call.answer = nil
    if !call.process.isDead { onOutcome(Self.service(of: call.request), call.request, outcome) }
    answer.resume(returning: outcome)
  }

  /// Ends all that a dead process waits for, so that its tasks come to their end.
  func release(_ process: DiskProcess) {
    let left = waiting.values.filter { $0.process === process }
    for call in left.sorted(by: { $0.number < $1.number }) {
      finish(call, .unknown("its process is dead"))
    }
  }

  // MARK: Time

  private func travel() -> Duration {
    dice.longTailed(milliseconds: weather.milliseconds, doublings: weather.doublings)
  }

  private func after(_ span: Duration, _ work: @escaping () -> Void) {
    loop.schedule(LoopTimer(work), at: loop.now.advanced(by: span))
  }

  private func arm() {
    guard let wake = world.nextWake else { return loop.cancel(timer) }
    loop.schedule(timer, at: loop.now.advanced(by: max(wake.since(now), .zero)))
  }

  // MARK: People and accidents

  /// Does something to the world, as its control endpoint offers it.
  ///
  /// - Returns: the answer; nil when it was refused.
  @discardableResult
  func control(_ verb: String, _ body: String) -> String? {
    let response = world.control(
      HTTPRequest(.post, "/control/" + verb, body: Array(body.utf8), timeout: .seconds(1)),
      now: now)
    pump()
    return response.status == 200 ? String(decoding: response.body, as: UTF8.self) : nil
  }

  func setFaults(_ faults: FaultPlan) { world.faults = faults }

  func settle(_ delivery: SimulatedWorld.WebhookDelivery, status: Int?) {
    world.settleWebhook(delivery.id, status: status, now: now)
    pump()
  }
}

/// One daemon's way to the world outside.
struct DaemonTransport: HTTPTransport {
  let wire: OutsideWire
  let process: DiskProcess

  func send(_ request: HTTPRequest) async -> HTTPOutcome {
    await wire.send(request, of: process)
  }
}
