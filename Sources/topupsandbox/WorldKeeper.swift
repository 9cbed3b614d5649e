import RPCCore
import RPCTransport
import SimulatedWorld
import TopUpCore

/// Holds the world, moves it with the wall clock and opens its doors; lives on one loop, where the
/// connections live too.
actor WorldKeeper {
  /// What stands behind a port.
  enum Door: String, CaseIterable {
    case stripe, ramp, node, control

    var service: FaultRule.Service? { FaultRule.Service(rawValue: rawValue) }
  }

  private let loop: EpollLoop
  private let sender: WebhookSender?
  private let console: Console
  private var world: World
  private var journal: Journal?
  private var listeners: [Listener] = []
  private var waiting: [World.Ticket: HTTP1Connection] = [:]
  private lazy var alarm = LoopTimer { [unowned self] in self.assumeIsolated { $0.move() } }
  /// The last logged call that was printed.
  private var printed = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.asUnownedSerialExecutor()
  }

  init(
    _ world: World, journal: Journal?, on loop: EpollLoop, sender: WebhookSender?,
    console: Console
  ) {
    self.world = world
    self.journal = journal
    self.loop = loop
    self.sender = sender
    self.console = console
  }

  /// Makes the world again from what happened to it; answers that were given are not given twice,
  /// and webhooks that were under way are sent once more.
  func replay() {
    guard let past = journal?.past, !past.isEmpty else { return }
    var underWay: Set<UInt64> = []
    var last = UnixTime(milliseconds: 0)
    for (moment, line) in past {
      last = max(last, moment)
      for happening in world.advance(to: last) {
        if case .webhook(let delivery) = happening { underWay.insert(delivery.id) }
      }
      switch line {
      case .call(let service, let request):
        _ = world.receive(request, by: service, now: last)
      case .control(let request): _ = world.control(request, now: last)
      case .settled(let delivery, let status):
        underWay.remove(delivery)
        world.settleWebhook(delivery, status: status, now: last)
      }
    }
    for delivery in underWay { settle(delivery, status: nil) }
    journal?.forgetPast()
    printed = world.log.last?.number ?? 0
    move()
  }

  private func settle(_ delivery: UInt64, status: Int?) {
    let now = WallClock.now
    journal?.record(.settled(delivery: delivery, status: status), at: now)
    world.settleWebhook(delivery, status: status, now: now)
  }

  /// Starts to listen.
  /// - Returns: the port, which the system chose when it was 0.
  func open(_ door: Door, at address: SocketAddress) throws -> UInt16 {
    let listener = try Listener(address, on: loop) { [unowned self] _ in
      HTTP1Connection { request, connection in
        self.assumeIsolated { $0.take(request, from: connection, at: door) }
      }
    }
    listeners.append(listener)
    return listener.address.port
  }

  private func take(_ request: HTTPRequest, from connection: HTTP1Connection, at door: Door) {
    guard let service = door.service else { return connection.reply(.response(control(request))) }
    let now = WallClock.now
    journal?.record(.call(service, request), at: now)
    let ticket = world.receive(request, by: service, now: now)
    waiting[ticket] = connection
    move()
  }

  private func control(_ request: HTTPRequest) -> HTTPResponse {
    let resets = world.resets
    let now = WallClock.now
    if request.method == .post { journal?.record(.control(request), at: now) }
    let response = world.control(request, now: now)
    if world.resets != resets {
      printed = 0
      // A reset forgot who is waiting: they get what a restart gives.
      for connection in waiting.values { connection.reply(.cut) }
      waiting = [:]
    }
    move()
    return response
  }

  /// Lets what is due happen, and sets the alarm for what comes next.
  private func move() {
    for happening in world.advance(to: WallClock.now) {
      switch happening {
      case .reply(let ticket, let reply): waiting.removeValue(forKey: ticket)?.reply(reply)
      case .webhook(let delivery): deliver(delivery)
      }
    }
    for entry in world.log.entries.suffix(max(0, (world.log.last?.number ?? 0) - printed)) {
      console.call(entry)
      printed = entry.number
    }
    setAlarm()
  }

  private func setAlarm() {
    guard let wake = world.nextWake else { return loop.cancel(alarm) }
    // Never early: a timer that fires before its moment would spin until it is there.
    let wait = max(wake.milliseconds - WallClock.now.milliseconds, 0) + 1
    loop.schedule(alarm, at: loop.now.advanced(byNanoseconds: wait * 1_000_000))
  }

  private func deliver(_ delivery: WebhookDelivery) {
    guard let sender else {
      return settle(delivery.id, status: nil)
    }
    let resets = world.resets
    Task {
      let status = await sender.send(delivery)
      console.webhook(delivery, status: status, at: WallClock.now)
      guard world.resets == resets else { return }  // Another world's deliveries have its numbers.
      settle(delivery.id, status: status)
      setAlarm()
    }
  }
}
