internal import RPCCore

/// Carries a protocol over a connected socket on an epoll loop.
///
/// Output goes out after every read, and reading stops while output is blocked, unless the protocol
/// trusts its peer: one that sends but never reads cannot make us buffer without end.
package final class SocketChannel: ByteChannel, Flushable, DescriptorHandler {
  /// What is asked of a protocol at once; the kernel's buffers hold the rest.
  static let outputBytesMax = 65_536

  private let loop: EpollLoop
  private let descriptor: Int32
  private let handler: any ByteProtocol
  private let onClose: (SocketChannel) -> Void
  /// What the kernel did not take.
  private var pending = ByteBuffer()
  private var isDirty = false
  private var isBlocked = false
  private var isOutputClosed = false
  private var isClosed = false
  /// Whether the protocol is through, and what the peer still sends is thrown away.
  private var isLingering = false
  private lazy var lingerTimer = LoopTimer { [unowned self] in close() }

  /// Takes over a connected descriptor; where this throws, it stays the caller's.
  ///
  /// - Parameter onClose: called once, when the protocol is through; the loop keeps the channel
  ///   until the peer has hung up.
  init(
    _ descriptor: Int32, on loop: EpollLoop, onClose: @escaping (SocketChannel) -> Void,
    protocol handler: any ByteProtocol
  ) throws(SystemError) {
    self.loop = loop
    self.descriptor = descriptor
    self.handler = handler
    self.onClose = onClose
    do throws(SystemError) {
      try loop.register(descriptor, reading: true, writing: false, self)
    } catch {
      isClosed = true
      throw error
    }
    handler.attach(to: self)
    outputIsWaiting()
  }

  deinit {
    // A loop that ends lets go of what is still open on it.
    if !isClosed { System.close(descriptor) }
  }

  package func outputIsWaiting() {
    guard !isDirty, !isClosed, !isLingering else { return }
    isDirty = true
    loop.flushLater(self)
  }

  /// A Unix-domain socket's have no address of their own.
  package var ends: ChannelEnds {
    var ends = ChannelEnds()
    guard !isClosed else { return ends }
    ends.local = try? System.localAddress(descriptor)
    ends.remote = try? System.remoteAddress(descriptor)
    return ends
  }

  private var isReading: Bool { !isBlocked || handler.readsWhileOutputIsBlocked }

  func readable() {
    if isLingering { return discard() }
    guard !isClosed, isReading else { return closeIfBroken() }
    let outcome = unsafe loop.withReadBuffer { buffer -> Result<System.Progress, SystemError> in
      do throws(SystemError) {
        let progress = try unsafe System.read(descriptor, buffer)
        if case .bytes(let count) = progress {
          unsafe handler.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        return .success(progress)
      } catch { return .failure(error) }
    }
    switch outcome {
    case .success(.bytes), .success(.wouldBlock): outputIsWaiting()
    case .success(.endOfStream), .failure: close()
    }
  }

  func writable() {
    guard !isClosed, isBlocked else { return }
    flush()
  }

  package func flush() {
    isDirty = false
    guard !isClosed, !isLingering else { return }
    guard goesOn(after: send(&pending)) else { return }
    pending.release()
    if isOutputClosed {
      if handler.isFinished { close() }
      return
    }
    let sending = loop.withScratch { scratch in
      var hasMore = true
      while hasMore {
        hasMore = handler.produce(into: &scratch, max: Self.outputBytesMax)
        let sending = send(&scratch)
        guard sending == .done else {
          unsafe scratch.withBytes { unsafe pending.append($0) }
          scratch.consume(scratch.count)
          return sending
        }
      }
      return .done
    }
    guard goesOn(after: sending), !isClosed else { return }
    if handler.isFinished { return linger() }
    if handler.isOutputFinished {
      isOutputClosed = true
      System.shutdownOutput(descriptor)
    }
  }

  /// What became of bytes that were to be sent.
  private enum Sending {
    case done
    /// The kernel has no room; the rest is kept.
    case blocked
    /// The peer is gone.
    case broken
  }

  /// - Returns: whether everything is out; if not, the loop waits for room or the channel closed.
  private func goesOn(after sending: Sending) -> Bool {
    switch sending {
    case .done: block(false)
    case .blocked: block(true)
    case .broken: close()
    }
    return sending == .done
  }

  /// Sends what the kernel takes. Changes nothing but the bytes: who lends them may not be touched.
  private func send(_ bytes: inout ByteBuffer) -> Sending {
    while !bytes.isEmpty {
      let outcome = unsafe bytes.withBytes { bytes -> Result<System.Progress, SystemError> in
        do throws(SystemError) { return .success(try unsafe System.send(descriptor, bytes)) } catch
        {
          return .failure(error)
        }
      }
      switch outcome {
      case .success(.bytes(let count)): bytes.consume(count)
      case .success(.wouldBlock): return .blocked
      case .success(.endOfStream), .failure: return .broken
      }
    }
    return .done
  }

  private func block(_ blocked: Bool) {
    guard blocked != isBlocked else { return }
    isBlocked = blocked
    do throws(SystemError) {
      try loop.watch(descriptor, reading: isReading, writing: blocked)
    } catch { close() }
  }

  func loopEnds() { close() }

  /// How long a peer that was told goodbye may take to hang up.
  private static let lingerNanoseconds: Int64 = 1_000_000_000

  /// Ends the connection once the peer has seen the end of our output: a socket that is closed with
  /// unread input is reset, and what was sent last, such as a GOAWAY, may be lost with it.
  private func linger() {
    guard !isClosed, !isLingering else { return }
    isLingering = true
    System.shutdownOutput(descriptor)
    handler.disconnected()
    onClose(self)
    loop.schedule(lingerTimer, at: loop.now.advanced(byNanoseconds: Self.lingerNanoseconds))
  }

  private func discard() {
    let outcome = unsafe loop.withReadBuffer { buffer -> Result<System.Progress, SystemError> in
      do throws(SystemError) { return .success(try unsafe System.read(descriptor, buffer)) } catch {
        return .failure(error)
      }
    }
    switch outcome {
    case .success(.bytes), .success(.wouldBlock): return
    case .success(.endOfStream), .failure: close()
    }
  }

  /// A hang-up is reported even while reading is off.
  private func closeIfBroken() {
    guard !isClosed, System.socketError(descriptor) != nil else { return }
    close()
  }

  /// Ends the connection at once; what waits to be sent is lost.
  package func close() {
    guard !isClosed else { return }
    isClosed = true
    loop.unregister(descriptor)
    System.close(descriptor)
    pending.release()
    guard !isLingering else { return loop.cancel(lingerTimer) }
    handler.disconnected()
    onClose(self)
  }
}
