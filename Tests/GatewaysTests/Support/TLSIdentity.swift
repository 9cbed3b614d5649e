import COpenSSL
import Glibc
import TestSupport

/// A key and a certificate of its own making, in a folder that ends with it.
final class TLSIdentity: Sendable {
  let certificatePath: String
  private let keyPath: String
  private let folder: String

  /// - Parameter name: what the certificate is for, such as `IP:127.0.0.1`.
  init(for name: String) async throws {
    var template = Array("/tmp/gateways-tls-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw TLSIdentityError(output: "mkdtemp") }
    folder = String(cString: made)
    certificatePath = folder + "/certificate.pem"
    keyPath = folder + "/key.pem"
    let request = await Subprocess.run([
      "openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", "-subj",
      "/CN=gateways test", "-addext", "subjectAltName=\(name)", "-keyout", keyPath, "-out",
      certificatePath,
    ])
    guard request.exitCode == 0 else { throw TLSIdentityError(output: request.output) }
  }

  deinit {
    for path in [certificatePath, keyPath] { unlink(path) }
    rmdir(folder)
  }

  /// Answers one request on a connection over TLS; the handshake may fail, which is the client's
  /// right.
  func answer(_ connection: LoopbackConnection, with text: String) {
    let context = SSL_CTX_new(TLS_server_method())
    defer { SSL_CTX_free(context) }
    guard SSL_CTX_use_certificate_file(context, certificatePath, SSL_FILETYPE_PEM) == 1,
      SSL_CTX_use_PrivateKey_file(context, keyPath, SSL_FILETYPE_PEM) == 1
    else { return }
    let session = SSL_new(context)
    defer { SSL_free(session) }
    SSL_set_fd(session, connection.descriptor)
    guard SSL_accept(session) == 1 else { return }
    var buffer = [UInt8](repeating: 0, count: 16_384)
    let got = SSL_read(session, &buffer, Int32(buffer.count))
    guard got > 0 else { return }
    connection.note(String(decoding: buffer[..<Int(got)], as: UTF8.self))
    let bytes = Array(text.utf8)
    SSL_write(session, bytes, Int32(bytes.count))
    SSL_shutdown(session)
  }
}

struct TLSIdentityError: Error { let output: String }
