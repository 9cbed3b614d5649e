internal import ProtobufRuntime
internal import RPCCore
internal import RPCServices
internal import RPCTransport

/// What channelz says of a server, as its messages have it.
extension ChannelzServer {
  init(_ place: ServedPlace) async {
    let traffic = await place.traffic()
    self.init(
      ref: ChannelzServerRef(serverID: place.number, name: place.name),
      data: ChannelzServerData(
        callsStarted: Int64(clamping: traffic.callsStarted),
        callsSucceeded: Int64(clamping: traffic.callsSucceeded),
        callsFailed: Int64(clamping: traffic.callsFailed),
        lastCallStartedTimestamp: ProtobufTimestamp(traffic.lastStreamAt)),
      listenSocket: place.listeners.map {
        ChannelzSocketRef(socketID: $0.number, name: $0.address.description)
      })
  }
}

extension ChannelzSocket {
  /// A place that is listened at.
  init(_ listener: ServerListener) {
    self.init(
      ref: ChannelzSocketRef(socketID: listener.number, name: listener.address.description),
      data: ChannelzSocketData(), local: ChannelzAddress(listener.address))
  }

  init(_ connection: ConnectionSnapshot) {
    let ends = connection.ends
    self.init(
      ref: ChannelzSocketRef(
        socketID: connection.number, name: ends.remote?.description ?? ""),
      data: ChannelzSocketData(connection),
      local: ends.local.map { ChannelzAddress($0) },
      remote: ends.remote.map { ChannelzAddress($0) },
      security: ends.security.map { ChannelzSecurity($0) },
      remoteName: connection.remoteName ?? "")
  }
}

extension ChannelzSocketData {
  init(_ connection: ConnectionSnapshot) {
    let traffic = connection.traffic
    self.init(
      streamsStarted: Int64(clamping: traffic.streamsStarted),
      streamsSucceeded: Int64(clamping: traffic.streamsSucceeded),
      streamsFailed: Int64(clamping: traffic.streamsFailed),
      messagesSent: Int64(clamping: traffic.messagesSent),
      messagesReceived: Int64(clamping: traffic.messagesReceived),
      keepAlivesSent: Int64(clamping: traffic.keepalivesSent),
      lastRemoteStreamCreatedTimestamp: ProtobufTimestamp(traffic.lastStreamAt),
      lastMessageSentTimestamp: ProtobufTimestamp(traffic.lastSentAt),
      lastMessageReceivedTimestamp: ProtobufTimestamp(traffic.lastReceivedAt),
      localFlowControlWindow: ProtobufInt64Value(value: Int64(connection.sendWindow)),
      remoteFlowControlWindow: ProtobufInt64Value(value: Int64(connection.receiveWindow)))
  }
}

extension ChannelzAddress {
  init(_ address: SocketAddress) {
    if address.isUnix {
      self.init(address: .udsAddress(UdsAddress(filename: address.host)))
    } else {
      self.init(
        address: .tcpipAddress(
          TcpIPAddress(ipAddress: address.numericBytes, port: Int32(address.port))))
    }
  }
}

extension ChannelzSecurity {
  init(_ security: TLSSecurity) {
    self.init(
      model: .tls(
        TLS(
          cipherSuite: .standardName(security.cipher),
          localCertificate: security.localCertificate,
          remoteCertificate: security.remoteCertificate)))
  }
}

extension ProtobufTimestamp {
  /// A moment of the monotonic clock, told by the clock on the wall as that stands now.
  fileprivate init?(_ moment: MonotonicInstant?) {
    guard let moment else { return nil }
    let unix = System.unixNanoseconds() - (System.monotonicNanoseconds() - moment.nanoseconds)
    let (seconds, nanoseconds) = unix.quotientAndRemainder(dividingBy: 1_000_000_000)
    self.init(seconds: seconds, nanos: Int32(nanoseconds))
  }
}
