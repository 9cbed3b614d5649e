import RPCClient
import RPCCore
import RPCTransport
import TestSupport
import Testing

/// Connections under a channel: when they are made, lost and made again, and what becomes of calls.
@Suite struct RPCChannelTests {
  // MARK: Connecting

  @Test func `no connection is made before the first call`() {
    let client = ClientUnderTest()
    client.loop.advance(by: .seconds(60))
    #expect(client.dialer.attempts.isEmpty)
    _ = client.unary()
    #expect(client.dialer.attempts.count == 1)
  }

  @Test func `calls that wait share one attempt and leave in their order`() {
    let client = ClientUnderTest()
    let calls = (0..<5).map { client.unary([UInt8($0)]) }
    #expect(client.dialer.attempts.count == 1)
    let peer = client.accept()
    for index in 0..<5 {
      let id = UInt32(index) * 2 + 1
      #expect(peer[id].messages == [[UInt8(index)]])
      peer.answer(id, [UInt8(index)])
    }
    #expect(calls.compactMap(\.value).map(\.bytes) == [[0], [1], [2], [3], [4]])
  }

  @Test func `a failed attempt fails the calls that wait, with its reason`() {
    let client = ClientUnderTest()
    let call = client.unary()
    client.refuse()
    #expect(call.failure?.code == .unavailable)
    #expect(call.failure?.message == "cannot connect to test:1: connect: Connection refused")
  }

  @Test func `while the channel rests calls fail at once, and after it the next one connects`() {
    let client = ClientUnderTest()
    _ = client.unary()
    client.refuse()
    client.loop.advance(by: .milliseconds(799))  // A second less its jitter of a fifth.
    #expect(client.unary().failure?.code == .unavailable)
    #expect(client.dialer.attempts.count == 1)
    client.loop.advance(by: .milliseconds(402))
    let call = client.unary()
    #expect(client.dialer.attempts.count == 2)
    client.accept().answer(1, [1])
    #expect(call.value == Bytes([1]))
  }

  @Test func `a call that waits for ready outlasts failed attempts, but not its deadline`() {
    let client = ClientUnderTest()
    let patient = client.unary([], CallOptions(timeout: .seconds(600), waitsForReady: true))
    let hurried = client.unary([], CallOptions(timeout: .seconds(2), waitsForReady: true))
    client.refuse()
    client.loop.advance(by: .seconds(1.2))
    #expect(client.dialer.attempts.count == 2)
    client.refuse()
    client.loop.advance(by: .seconds(1))
    #expect(hurried.failure?.code == .deadlineExceeded)
    #expect(patient.result == nil)
    client.loop.advance(by: .seconds(1))
    #expect(client.dialer.attempts.count == 3)
    client.accept().answer(1, [1])
    #expect(patient.value == Bytes([1]))
  }

  @Test func `an attempt that takes too long is given up`() {
    let client = ClientUnderTest()
    let call = client.unary()
    client.loop.advance(by: .seconds(19))
    #expect(call.result == nil)
    client.loop.advance(by: .seconds(1))
    #expect(call.failure?.code == .unavailable)
    #expect(client.dialer.attempts[0].isCancelled)
  }

  @Test func `a peer that connects and says nothing is given up, and its connection closed`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept(nil)
    client.loop.advance(by: .seconds(20))
    #expect(call.failure?.code == .unavailable)
    #expect(peer.isClosed)
  }

  @Test func `a peer that does not speak HTTP/2 is a failed attempt`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept(nil)
    peer.send(bytes: Array("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n".utf8))
    #expect(peer.isClosed)
    #expect(call.failure?.code == .unavailable)
  }

  @Test func `success resets the back-off`() {
    let client = ClientUnderTest()
    for _ in 0..<6 {
      _ = client.unary()
      client.refuse()
      client.loop.advance(by: .seconds(150))
    }
    _ = client.unary()
    let peer = client.accept()
    client.loop.run { peer.channel.disconnect() }
    _ = client.unary()
    client.refuse()
    client.loop.advance(by: .seconds(1.2))
    #expect(client.unary().result == nil)
    #expect(client.dialer.attempts.count == 9)
  }

  // MARK: Calls that start over

  @Test func `a call that the server turned away is made again once on the same connection`() {
    let client = ClientUnderTest()
    let call = client.unary([1, 2, 3])
    let peer = client.accept()
    peer.send(.reset(1, code: 7))
    #expect(call.result == nil)
    #expect(peer[3].messages == [[1, 2, 3]])
    #expect(peer[3].endsStream)
    peer.send(.reset(3, code: 7))
    #expect(call.failure?.code == .unavailable)
    #expect(peer[5].frames == [])
  }

  @Test func `a call above GOAWAY's last stream is made again on another connection`() {
    let client = ClientUnderTest()
    let first = client.unary([1])
    let second = client.unary([2])
    let old = client.accept()
    old.send(.goaway(last: 1, code: 0))
    #expect(client.dialer.attempts.count == 2)
    let new = client.accept()
    #expect(new[1].messages == [[2]])
    new.answer(1, [20])
    #expect(second.value == Bytes([20]))
    // What the old server has taken it finishes.
    #expect(first.result == nil)
    old.answer(1, [10])
    #expect(first.value == Bytes([10]))
    #expect(old.isClosed)
    #expect(!new.isClosed)
  }

  @Test func `after GOAWAY new calls take another connection`() {
    let client = ClientUnderTest()
    let first = client.unary()
    let old = client.accept()
    old.send(.goaway(last: 0x7FFF_FFFF, code: 0))
    let second = client.unary([2])
    let new = client.accept()
    new.answer(1, [2])
    old.send(.goaway(last: 1, code: 0))
    old.answer(1, [1])
    #expect(first.value == Bytes([1]))
    #expect(second.value == Bytes([2]))
  }

  @Test func `a call that may have been seen is not made again when the connection breaks`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept()
    client.loop.run { peer.channel.disconnect() }
    #expect(call.failure == RPCError(.unavailable, "the connection was lost"))
    #expect(client.dialer.attempts.count == 1)
  }

  @Test func `a call that has an answer's head is not made again`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let peer = client.accept()
    peer.send(.headers(1, HTTP2Peer.answerHead), .reset(1, code: 7))
    #expect(call.failure?.code == .unavailable)
    #expect(peer[3].frames == [])
  }

  @Test func `a call that has sent more than is kept is not made again`() {
    let client = ClientUnderTest()
    let call = client.unary([UInt8](repeating: 1, count: 100_000))
    let peer = client.accept([4: 1 << 20])
    peer.send(.windowUpdate(0, by: 1 << 20))
    #expect(peer[1].endsStream)
    peer.send(.reset(1, code: 7))
    #expect(call.failure?.code == .unavailable)
    #expect(peer[3].frames == [])
  }

  @Test func `a call made again keeps its deadline`() {
    let client = ClientUnderTest()
    let call = client.unary([], CallOptions(timeout: .seconds(10)))
    let peer = client.accept()
    peer.advance(by: .seconds(4))
    peer.send(.reset(1, code: 7))
    #expect(peer[3].head["grpc-timeout"] == "6000000u")
    peer.advance(by: .seconds(6))
    #expect(call.failure?.code == .deadlineExceeded)
  }

  // MARK: The server's bound on calls

  @Test func `calls above the server's bound wait for a free stream`() {
    let client = ClientUnderTest()
    let calls = (0..<4).map { client.unary([UInt8($0)]) }
    let peer = client.accept([3: 2])
    #expect(peer.frames(.headers).count == 2)
    peer.answer(1, [0])
    #expect(peer.frames(.headers).count == 3)
    peer.answer(3, [1])
    peer.answer(5, [2])
    peer.answer(7, [3])
    #expect(calls.compactMap(\.value).map(\.bytes) == [[0], [1], [2], [3]])
  }

  @Test func `calls that wait for a free stream move on at GOAWAY`() {
    let client = ClientUnderTest()
    let first = client.unary([1])
    let held = (0..<3).map { client.unary([UInt8($0)]) }
    let old = client.accept([3: 1])
    old.send(.goaway(last: 1, code: 0))
    let new = client.accept()
    #expect(new.frames(.headers).count == 3)
    for id: UInt32 in [1, 3, 5] { new.answer(id, new[id].messages[0]) }
    #expect(held.compactMap(\.value).map(\.bytes) == [[0], [1], [2]])
    old.answer(1, [1])
    #expect(first.value == Bytes([1]))
    #expect(old.frames(.headers).count == 1)
  }

  @Test func `a call given up while it waits for a free stream is never sent`() {
    let client = ClientUnderTest()
    let first = client.unary([1])
    let second = client.unary([2], CallOptions(timeout: .seconds(1)))
    let peer = client.accept([3: 1])
    peer.advance(by: .seconds(1))
    #expect(second.failure?.code == .deadlineExceeded)
    peer.answer(1, [1])
    #expect(first.value == Bytes([1]))
    #expect(peer.frames(.headers).count == 1)
    let third = client.unary([3])
    peer.turn()
    peer.answer(5, [3])
    #expect(third.value == Bytes([3]))
  }

  // MARK: Keepalive

  private func kept() -> ClientUnderTest {
    ClientUnderTest {
      $0.keepaliveInterval = .seconds(30)
      $0.keepaliveTimeout = .seconds(5)
    }
  }

  @Test func `a silent server is pinged while calls are open, and given up`() {
    let client = kept()
    let call = client.unary()
    let peer = client.accept()
    peer.advance(by: .seconds(29))
    #expect(peer.frames(.ping).isEmpty)
    peer.advance(by: .seconds(1))
    #expect(peer.frames(.ping).count == 1)
    peer.advance(by: .seconds(5))
    #expect(call.failure?.code == .unavailable)
    #expect(peer.isClosed)
  }

  @Test func `a server that answers pings is kept`() {
    let client = kept()
    let call = client.unary()
    let peer = client.accept()
    for count in 1...10 {
      peer.advance(by: .seconds(30))
      #expect(peer.frames(.ping).count == count)
      peer.send(.ping(peer.frames(.ping).last?.payload ?? [], isAck: true))
    }
    peer.answer(1, [1])
    #expect(call.value == Bytes([1]))
  }

  @Test func `without calls nobody is pinged`() {
    let client = kept()
    let call = client.unary()
    let peer = client.accept()
    peer.answer(1, [])
    #expect(call.value == Bytes([]))
    peer.advance(by: .seconds(3600))
    #expect(peer.frames(.ping).isEmpty)
    #expect(!peer.isClosed)
  }

  @Test func `a server that minds its pings gets half as many`() {
    let client = kept()
    _ = client.unary()
    client.accept().send(.goaway(last: 0, code: 11, debug: "too_many_pings"))
    let peer = client.accept()
    peer.advance(by: .seconds(59))
    #expect(peer.frames(.ping).isEmpty)
    peer.advance(by: .seconds(1))
    #expect(peer.frames(.ping).count == 1)
  }

  // MARK: The end

  @Test func `a closed channel takes no call and waits for those that are open`() {
    let client = ClientUnderTest()
    let open = client.unary()
    let peer = client.accept()
    let channel = client.channel
    let closing = client.loop.start { await channel?.close(grace: .seconds(10)) }
    peer.turn()
    #expect(peer.frames(.goaway).count == 1)
    #expect(client.unary().failure?.code == .unavailable)
    #expect(closing.result == nil)
    peer.answer(1, [1])
    #expect(open.value == Bytes([1]))
    #expect(peer.isClosed)
    #expect(closing.value != nil)
  }

  @Test func `after the grace the calls that are left fail`() {
    let client = ClientUnderTest()
    let open = client.unary()
    let peer = client.accept()
    let channel = client.channel
    let closing = client.loop.start { await channel?.close(grace: .seconds(10)) }
    client.loop.advance(by: .seconds(10))
    #expect(open.failure == RPCError(.unavailable, "the channel is closed"))
    #expect(peer.isClosed)
    #expect(closing.value != nil)
  }

  @Test func `a channel closed while it connects fails the calls that wait`() {
    let client = ClientUnderTest()
    let call = client.unary()
    let channel = client.channel
    let closing = client.loop.start { await channel?.close() }
    #expect(call.failure?.code == .unavailable)
    #expect(client.dialer.attempts[0].isCancelled)
    #expect(closing.value != nil)
  }

  @Test func `a channel nobody holds closes its connection when its last call has ended`() {
    let client = ClientUnderTest()
    let log = CallLog()
    let call = client.both(into: log)
    let peer = client.accept()
    client.dropChannel()
    #expect(!peer.isClosed)
    peer.fail(1, [("grpc-status", "0")])
    #expect(call.value != nil)
    #expect(peer.isClosed)
  }
}
