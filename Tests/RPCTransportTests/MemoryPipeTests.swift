import RPCTransport
import TestSupport
import Testing

@Suite struct MemoryPipeTests {
  /// Sends what it is given, keeps what comes.
  private final class Talker: ByteProtocol {
    var toSend: [UInt8] = []
    var received: [[UInt8]] = []
    var isFinished = false
    var isDisconnected = false
    weak var channel: (any ByteChannel)?

    var bytes: [UInt8] { received.flatMap { $0 } }

    func attach(to channel: any ByteChannel) { self.channel = channel }
    func receive(_ bytes: UnsafeRawBufferPointer) { received.append(Array(bytes)) }
    func disconnected() { isDisconnected = true }

    func produce(into output: inout ByteBuffer, max: Int) -> Bool {
      let part = toSend.prefix(max)
      toSend.removeFirst(part.count)
      Array(part).withUnsafeBytes { output.append($0) }
      return !toSend.isEmpty
    }

    func send(_ bytes: [UInt8]) {
      toSend += bytes
      channel?.outputIsWaiting()
    }
  }

  private struct World {
    let loop = ManualLoop()
    let left = Talker()
    let right = Talker()
    let pipe: MemoryPipe

    init(weather: @escaping MemoryPipe.Weather = { _, _ in MemoryPipe.Passage() }) {
      let (loop, left, right) = (loop, left, right)
      pipe = loop.run { MemoryPipe(left, right, on: loop, weather: weather) }
    }
  }

  @Test func `bytes arrive whole and in order, both ways, at once`() {
    let world = World()
    world.loop.run {
      world.left.send([1, 2, 3])
      world.right.send([9])
    }
    #expect(world.right.received == [[1, 2, 3]])
    #expect(world.left.received == [[9]])
  }

  @Test func `weather cuts bytes into pieces and delays them`() {
    let world = World { side, _ in
      side == .left ? .init(pieces: [1, 2], delay: .seconds(1)) : .init()
    }
    world.loop.run { world.left.send([1, 2, 3, 4, 5]) }
    #expect(world.right.received == [])
    world.loop.advance(by: .seconds(1))
    #expect(world.right.received == [[1], [2, 3], [4, 5]])
  }

  @Test func `what was sent later does not overtake`() {
    var delay = Duration.seconds(5)
    let world = World { _, _ in
      defer { delay = .zero }
      return .init(delay: delay)
    }
    world.loop.run { world.left.send([1]) }
    world.loop.run { world.left.send([2]) }
    #expect(world.right.bytes == [])
    world.loop.advance(by: .seconds(5))
    #expect(world.right.bytes == [1, 2])
  }

  @Test func `a cut delivers what came before it and then ends both sides`() {
    let world = World { side, _ in .init(isCut: side == .left) }
    world.loop.run { world.left.send([1, 2]) }
    #expect(world.right.bytes == [1, 2])
    #expect(world.left.isDisconnected)
    #expect(world.right.isDisconnected)
    #expect(world.pipe.isClosed)
    world.loop.run { world.right.send([3]) }
    #expect(world.left.bytes == [])
  }

  @Test func `a protocol that is finished ends the connection once its bytes are there`() {
    let world = World { _, _ in .init(delay: .seconds(1)) }
    world.loop.run {
      world.left.send([1])
      world.left.isFinished = true
    }
    #expect(!world.pipe.isClosed)
    world.loop.advance(by: .seconds(1))
    #expect(world.right.bytes == [1])
    #expect(world.right.isDisconnected)
    #expect(world.left.isDisconnected)
  }

  @Test func `no more is under way than a socket would hold`() {
    let world = World { _, _ in .init(delay: .seconds(1)) }
    let all = [UInt8](repeating: 7, count: 1_000_000)
    world.loop.run { world.left.send(all) }
    #expect(world.left.toSend.count >= 600_000)
    world.loop.advance(by: .seconds(10))
    #expect(world.right.bytes == all)
  }
}
