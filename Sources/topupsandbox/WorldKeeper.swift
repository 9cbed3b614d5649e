import SimulatedWorld
import TopUpCore

/// Holds the world and moves it with the wall clock; everybody who touches it comes through here.
actor WorldKeeper {
  private var world: World
  private let sender: WebhookSender?
  private let console: Console
  private var waiting: [World.Ticket: CheckedContinuation<World.Reply, Never>] = [:]
  private var alarm: Task<Void, Never>?
  /// The last logged call that was printed.
  private var printed = 0

  init(_ world: World, sender: WebhookSender?, console: Console) {
    self.world = world
    self.sender = sender
    self.console = console
  }

  /// One call of a service, from its arrival to its reply.
  func exchange(_ request: HTTPRequest, with service: FaultRule.Service) async -> World.Reply {
    await withCheckedContinuation { continuation in
      let ticket = world.receive(request, by: service, now: WallClock.now)
      waiting[ticket] = continuation
      move()
    }
  }

  func control(_ request: HTTPRequest) -> HTTPResponse {
    let resets = world.resets
    let response = world.control(request, now: WallClock.now)
    if world.resets != resets {
      printed = 0
      // A reset forgot who is waiting: they get what a restart gives.
      for continuation in waiting.values { continuation.resume(returning: .cut) }
      waiting = [:]
    }
    move()
    return response
  }

  /// Lets what is due happen, and sets the alarm for what comes next.
  private func move() {
    for happening in world.advance(to: WallClock.now) {
      switch happening {
      case .reply(let ticket, let reply):
        waiting.removeValue(forKey: ticket)?.resume(returning: reply)
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
    alarm?.cancel()
    guard let wake = world.nextWake else { return }
    alarm = Task {
      // Never early: a timer that fires before its moment would spin until it is there.
      let wait = wake.since(WallClock.now) + .milliseconds(1)
      do {
        try await Task.sleep(for: max(wait, .milliseconds(1)))
      } catch {
        return  // Another alarm was set.
      }
      move()
    }
  }

  private func deliver(_ delivery: WebhookDelivery) {
    guard let sender else {
      world.settleWebhook(delivery.id, status: nil, now: WallClock.now)
      return
    }
    Task {
      let status = await sender.send(delivery)
      console.webhook(delivery, status: status, at: WallClock.now)
      world.settleWebhook(delivery.id, status: status, now: WallClock.now)
      setAlarm()
    }
  }
}
