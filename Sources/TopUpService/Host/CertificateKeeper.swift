internal import Glibc
internal import Logging
internal import RPCCore
internal import RPCServer
internal import RPCTransport

/// Has the server take up new certificates as their files change.
///
/// The files are looked at, not watched: Kubernetes swaps a symbolic link above them, which a watch
/// on the files never sees (facts/operations §1.4).
///
/// `@unchecked Sendable`: touched on its loop only; the verbs go there.
final class CertificateKeeper: @unchecked Sendable {
  private static let lookInterval = Duration.seconds(5)

  /// What changes when a file is written or replaced.
  private struct Stamp: Hashable {
    let device: UInt64
    let node: UInt64
    let size: Int64
    /// The time of the last write, byte for byte.
    let written: [UInt8]

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      device = UInt64(status.st_dev)
      node = UInt64(status.st_ino)
      size = Int64(status.st_size)
      written = withUnsafeBytes(of: status.st_mtim) { Array($0) }
    }
  }

  private let files: [String]
  private let server: RPCServer
  private let logger: Logger
  private let loop: EpollLoop
  private var stamps: [Stamp?]
  /// What was wrong when the files were last read, said once.
  private var lastError: TLSError?
  private var isStopped = false
  private lazy var timer = LoopTimer { [unowned self] in look() }

  init(_ settings: ServerTLS, server: RPCServer, logger: Logger, on loop: EpollLoop) {
    files =
      [settings.certificateFile, settings.keyFile]
      + (settings.clientAuthoritiesFile.map { [$0] } ?? [])
    self.server = server
    self.logger = logger
    self.loop = loop
    stamps = files.map { Stamp($0) }
  }

  func start() { loop.execute { [self] in arm() } }

  func stop() {
    loop.execute { [self] in
      isStopped = true
      loop.cancel(timer)
    }
  }

  /// Reads the files, changed or not.
  func reload() { loop.execute { [self] in read() } }

  private func arm() {
    guard !isStopped else { return }
    loop.schedule(timer, at: loop.now.advanced(by: Self.lookInterval))
  }

  private func look() {
    // After a failure too: what was half replaced may be whole by now.
    if lastError != nil || files.map({ Stamp($0) }) != stamps { read() }
    arm()
  }

  private func read() {
    stamps = files.map { Stamp($0) }
    do throws(TLSError) {
      try server.reloadTLS()
      lastError = nil
      logger.notice("certificates reloaded")
    } catch {
      guard error != lastError else { return }
      lastError = error
      logger.error(
        "certificates not reloaded, those in use stay", metadata: ["error": "\(error)"])
    }
  }
}
