package import RPCTransport

/// A loop that ends when nobody needs it: the channel and each of its calls hold on to it.
package final class OwnedLoop: Sendable {
  package let loop: EpollLoop

  package init() throws(SystemError) { loop = try EpollLoop(name: "rpc-client") }

  deinit { loop.stop() }
}
