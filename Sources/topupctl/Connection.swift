internal import RPCClient
internal import RPCCore
internal import RPCServices
internal import TopUpAPI
internal import TopUpCore

/// The way to the server: one channel, connected when the first call needs it.
struct Connection: Sendable {
  let address: ServerAddress
  private let channel: RPCChannel
  private let timeout: Duration
  /// What every call carries.
  private let metadata: Metadata

  /// - Throws: ``Unsuccessful`` when the process has no thread or descriptor to give.
  init(_ address: ServerAddress, timeout: Duration, token: String? = nil) throws(Unsuccessful) {
    var configuration = RPCChannel.Configuration()
    configuration.userAgent = "topupctl/\(Release.version)"
    configuration.connectTimeout = timeout
    configuration.tls = address.tls
    do throws(ChannelError) {
      channel = try RPCChannel(host: address.host, port: address.port, configuration)
    } catch { throw Unsuccessful("\(error)") }
    self.address = address
    self.timeout = timeout
    metadata = token.map { ["authorization": .text("Bearer \($0)")] } ?? [:]
  }

  var topUps: TopUpClient { TopUpClient(channel) }
  var balances: BalanceClient { BalanceClient(channel) }
  var paymentMethods: PaymentMethodsClient { PaymentMethodsClient(channel) }
  var admin: AdminClient { AdminClient(channel) }
  var health: HealthClient { HealthClient(channel) }

  /// No attempt to connect takes longer.
  var connectTimeout: Duration { timeout }

  /// Of a call with one answer.
  var unary: CallOptions { CallOptions(timeout: timeout, metadata: metadata) }

  /// Of a call that takes as long as there is to be looked at.
  var long: CallOptions { CallOptions(metadata: metadata) }

  /// Of a stream, which lasts as long as it is wanted.
  ///
  /// - Parameter isAgain: whether the stream was there and broke: then the server is waited for.
  func stream(timeout: Duration? = nil, isAgain: Bool = false) -> CallOptions {
    CallOptions(timeout: timeout, metadata: metadata, waitsForReady: isAgain)
  }

  /// Says goodbye to the server.
  func close() async { await channel.close(grace: .seconds(1)) }
}
