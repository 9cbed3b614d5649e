internal import Logging
internal import RPCCore
internal import RPCTransport

/// Has files that belong together read again when one of them changes.
///
/// They are looked at, not watched: Kubernetes swaps a symbolic link above them, which a watch on
/// the files never sees (facts/operations §1.4).
///
/// `@unchecked Sendable`: touched on its loop only; the verbs go there.
final class FileWatch: @unchecked Sendable {
  static let lookInterval = Duration.seconds(5)

  /// What the log is told.
  struct Words: Sendable {
    let taken: Logger.Message
    let refused: Logger.Message
  }

  private let read: @Sendable () -> String?
  private let words: Words
  private let logger: Logger
  private let loop: any EventLoop
  private var stamps: FileStamps
  /// What was wrong when the files were last read; said once, however often they are looked at.
  private var fault: String?
  private var isStopped = false
  private lazy var timer = LoopTimer { [unowned self] in look() }

  /// - Parameters:
  ///   - stamps: from before the reading that is in use.
  ///   - read: takes all of the files up, or none of them and returns what is wrong.
  init(
    _ stamps: FileStamps, _ words: Words, logger: Logger, on loop: any EventLoop,
    read: @escaping @Sendable () -> String?
  ) {
    self.stamps = stamps
    self.words = words
    self.logger = logger
    self.loop = loop
    self.read = read
  }

  func start() { loop.execute { [self] in arm() } }

  func stop() {
    loop.execute { [self] in
      isStopped = true
      loop.cancel(timer)
    }
  }

  /// Reads the files, changed or not; a fault is said again, for somebody asked.
  func reload() {
    loop.execute { [self] in
      guard !isStopped else { return }
      _ = stamps.update()
      fault = nil
      takeUp()
    }
  }

  private func arm() {
    guard !isStopped else { return }
    loop.schedule(timer, at: loop.now.advanced(by: Self.lookInterval))
  }

  private func look() {
    // After a failure too: what was half replaced may be whole by now, with stamps too coarse to
    // tell.
    if stamps.update() || fault != nil { takeUp() }
    arm()
  }

  private func takeUp() {
    let before = fault
    fault = read()
    guard let fault else { return logger.notice(words.taken) }
    guard fault != before else { return }
    logger.error(words.refused, metadata: ["error": "\(fault)"])
  }
}
