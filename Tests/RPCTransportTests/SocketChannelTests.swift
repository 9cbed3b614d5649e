import Glibc
import RPCCore
import Testing

@testable import RPCTransport

/// What becomes of a descriptor that the kernel does not watch.
@Suite struct SocketChannelTests {
  /// Takes whatever comes.
  private final class Deaf: ByteProtocol {
    func attach(to channel: any ByteChannel) {}
    func receive(_ bytes: UnsafeRawBufferPointer) {}
    func produce(into output: inout ByteBuffer, max: Int) -> Bool { false }
    var isFinished: Bool { false }
    func disconnected() {}
  }

  @Test func `one that cannot be watched stays its caller's, and the loop knows nothing of it`()
    async throws
  {
    let loop = try EpollLoop(name: "channel-test")
    defer { loop.stop() }
    // No file of a file system can be watched (epoll_ctl(2), EPERM).
    let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let isRefused = await withCheckedContinuation { (done: CheckedContinuation<Bool, Never>) in
      loop.execute {
        // Twice: whoever kept the first would let go of it, and of its descriptor, for the second.
        var refusals = 0
        for _ in 1...2 {
          do throws(SystemError) {
            _ = try SocketChannel(descriptor, on: loop, onClose: { _ in }, protocol: Deaf())
          } catch { refusals += 1 }
        }
        done.resume(returning: refusals == 2)
      }
    }
    #expect(isRefused)
    #expect(fcntl(descriptor, F_GETFD) >= 0)
  }
}
