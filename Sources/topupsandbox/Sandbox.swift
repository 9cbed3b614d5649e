import ArgumentParser
import RPCTransport
import SimulatedWorld
import StrictJSON
import TopUpCore

/// Stripe, a ramp and a node behind HTTP on this machine, in one process.
@main
struct Sandbox: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topupsandbox",
    abstract: "Stand-ins for Stripe, a ramp and a chain's node, harsher than the real ones.",
    discussion: """
      Prints what it receives and which webhooks it sends. Faults are told to POST \
      /control/faults; what came of it all is at GET /control/stats.
      """)

  @Option(help: "Port of Stripe's API; 0 lets the system choose.")
  var stripePort: UInt16 = 12_111
  @Option(help: "Port of the ramp.")
  var rampPort: UInt16 = 12_112
  @Option(help: "Port of the node's JSON-RPC.")
  var nodePort: UInt16 = 12_113
  @Option(help: "Port of the control endpoint.")
  var controlPort: UInt16 = 12_110
  @Option(help: "The address to listen on. There is no protection whatsoever.")
  var bind = "127.0.0.1"

  @Option(help: "Where events are POSTed, such as http://127.0.0.1:8081/webhook; none: nowhere.")
  var webhookURL: String?
  @Option(help: "The endpoint's secret; more than once while it is being rolled.")
  var webhookSecret: [String] = []
  @Option(help: "Milliseconds from an event to its first delivery.")
  var webhookDelayMs: Int?
  @Option(help: "Up to so many milliseconds more, so that events overtake one another.")
  var webhookJitterMs = 0
  @Option(help: "How often each event is delivered at least.")
  var webhookCopies = 1

  @Option(help: "Divides all the world's delays: block time, settling, disputes, the ramp's steps.")
  var speed = 1
  @Option(help: "Milliseconds between blocks.")
  var blockMs: Int?
  @Option(help: "How many blocks the finalized head is behind.")
  var finalityBlocks: UInt64 = 3
  @Option(help: "Seconds for which a quote of the ramp is good.")
  var quoteSeconds: Int?
  @Option(help: "Milliseconds from a payment to its balance transaction.")
  var settleMs: Int?
  @Option(help: "The key that Stripe lets in.")
  var stripeKey = "sk_test_sandbox"
  @Option(help: "The key that the ramp lets in.")
  var rampKey = "ramp_key_sandbox"
  @Option(help: "Makes all ids and chances the same again.")
  var seed: UInt64?

  @Option(help: "Keeps what happens in this file, and begins with what is in it.")
  var journal: String?

  @Flag(help: "Print the ports as one line of JSON, and nothing else of them.")
  var json = false
  @Flag(help: "Print no calls.")
  var quiet = false

  func validate() throws {
    guard speed >= 1, webhookCopies >= 1, webhookJitterMs >= 0, (blockMs ?? 1) > 0,
      (settleMs ?? 1) > 0, (webhookDelayMs ?? 0) >= 0, (quoteSeconds ?? 1) > 0
    else { throw ValidationError("spans and counts are positive") }
    guard stripeKey.hasPrefix("sk_test_") || stripeKey.hasPrefix("rk_test_") else {
      throw ValidationError("the stand-in is in test mode: its key starts sk_test_ or rk_test_")
    }
    guard webhookURL?.hasPrefix("http://") ?? true else {
      throw ValidationError("the webhook URL has the form http://host:port/path")
    }
  }

  func run() async throws {
    let console = Console(isQuiet: quiet)
    let sender = try webhookURL.map { try WebhookSender(url: $0) }
    let fresh = Journal.Beginning(started: WallClock.now, seed: seed ?? WallClock.entropy)
    let journal = try journal.map { try Journal(path: $0, orBeginWith: fresh) }
    let world = World(world(journal?.beginning ?? fresh))
    let keeper = WorldKeeper(
      world, journal: journal, on: try EpollLoop(name: "sandbox"), sender: sender,
      console: console)
    await keeper.replay()
    let ports: [WorldKeeper.Door: UInt16] = [
      .stripe: stripePort, .ramp: rampPort, .node: nodePort, .control: controlPort,
    ]
    var opened = JSONObject()
    for door in WorldKeeper.Door.allCases {
      guard let address = SocketAddress(host: bind, port: ports[door] ?? 0) else {
        throw ValidationError("--bind is a numeric address")
      }
      opened[door.rawValue] = .integer(try await keeper.open(door, at: address))
    }
    announce(opened, console)
    // The loop serves from here on; a signal ends the process.
    while true { try await Task.sleep(for: .seconds(86_400)) }
  }

  private func announce(_ ports: JSONObject, _ console: Console) {
    guard !json else { return console.write(JSON.object(ports).text) }
    for member in ports.members {
      console.write("\(member.name) http://\(bind):\(member.value.int64 ?? 0)")
    }
  }

  /// The world that the options describe.
  private func world(_ beginning: Journal.Beginning) -> WorldConfiguration {
    var world = WorldConfiguration(started: beginning.started)
    world.seed(beginning.seed)
    let quicker = { (span: Duration) in span / speed }
    world.chain.blockInterval =
      blockMs.map { .milliseconds($0) } ?? quicker(world.chain.blockInterval)
    world.chain.finalityBlocks = finalityBlocks
    world.stripe.keys = [stripeKey]
    world.stripe.settleDelay =
      settleMs.map { .milliseconds($0) } ?? quicker(world.stripe.settleDelay)
    world.stripe.disputeDelay = quicker(world.stripe.disputeDelay)
    world.stripe.refundDelay = quicker(world.stripe.refundDelay)
    world.ramp.key = rampKey
    if let quoteSeconds { world.ramp.quoteLifetime = .seconds(quoteSeconds) }
    world.ramp.submitDelay = quicker(world.ramp.submitDelay)
    world.ramp.holdDelay = quicker(world.ramp.holdDelay)
    world.webhooks.secrets = webhookSecret.isEmpty ? ["whsec_sandbox"] : webhookSecret
    world.webhooks.delay =
      webhookDelayMs.map { .milliseconds($0) } ?? quicker(world.webhooks.delay)
    world.webhooks.jitter = .milliseconds(webhookJitterMs)
    world.webhooks.copies = webhookCopies
    world.webhooks.retryDelay = quicker(world.webhooks.retryDelay)
    if webhookURL == nil { world.webhooks.attemptsMax = 1 }
    return world
  }
}
