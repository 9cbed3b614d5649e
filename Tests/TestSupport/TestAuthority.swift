internal import Glibc

/// A certificate authority of a test, made by the `openssl` command in a folder of its own.
package final class TestAuthority: Sendable {
  /// A certificate and its key, as files.
  package struct Pair: Sendable {
    package let certificate: String
    package let key: String
  }

  package let folder: String
  /// The authority's own certificate.
  package var file: String { "\(folder)/ca.pem" }

  private let ownsFolder: Bool

  private init(folder: String, ownsFolder: Bool) {
    self.folder = folder
    self.ownsFolder = ownsFolder
  }

  deinit { if ownsFolder { Self.removeFolder(folder) } }

  /// Makes an authority in a folder that goes with it.
  ///
  /// - Returns: nil when the command fails.
  package static func make() async -> TestAuthority? {
    var template = Array("/tmp/tls-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return nil }
    let bytes = template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return await make(String(decoding: bytes, as: UTF8.self), ownsFolder: true)
  }

  /// Makes an authority in a folder that stays, and is made when it is not there.
  ///
  /// - Returns: nil when the folder cannot be made or the command fails.
  package static func make(in folder: String) async -> TestAuthority? {
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { return nil }
    return await make(folder, ownsFolder: false)
  }

  private static func make(_ folder: String, ownsFolder: Bool) async -> TestAuthority? {
    let authority = TestAuthority(folder: folder, ownsFolder: ownsFolder)
    let made = await openssl(
      ["req", "-x509"] + newKey + [
        "-keyout", "\(authority.folder)/ca.key", "-out", authority.file, "-subj", "/CN=Test CA",
        "-days", "30", "-addext", "keyUsage=critical,keyCertSign",
      ])
    return made ? authority : nil
  }

  /// Issues a certificate.
  ///
  /// - Parameters:
  ///   - names: alternative names, such as `DNS:localhost`; empty for none.
  ///   - days: from now on; below zero for one that has expired.
  /// - Returns: nil when the command fails.
  package func issue(_ name: String, _ names: String, days: Int = 30) async -> Pair? {
    let pair = Pair(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key")
    let request = "\(folder)/\(name).csr"
    let alternative = names.isEmpty ? [] : ["-addext", "subjectAltName=\(names)"]
    guard
      await Self.openssl(
        ["req", "-new"] + Self.newKey + ["-keyout", pair.key, "-out", request]
          + ["-subj", "/CN=\(name)"] + alternative),
      await Self.openssl([
        "x509", "-req", "-in", request, "-CA", file, "-CAkey", "\(folder)/ca.key",
        "-CAcreateserial", "-copy_extensions", "copy", "-days", "\(days)", "-out",
        pair.certificate,
      ])
    else { return nil }
    return pair
  }

  /// Puts a file in the place of another at once, as Kubernetes does.
  package func replace(_ target: String, by source: String) {
    let step = target + ".new"
    unlink(step)
    guard link(source, step) == 0 else { return }
    rename(step, target)
  }

  private static let newKey = [
    "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
  ]

  private static func openssl(_ arguments: [String]) async -> Bool {
    await Subprocess.run(["openssl"] + arguments).exitCode == 0
  }

  private static func removeFolder(_ folder: String) {
    guard let directory = opendir(folder) else { return }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      unlink("\(folder)/\(name)")
    }
    closedir(directory)
    rmdir(folder)
  }
}
