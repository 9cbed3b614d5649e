/// This program's version; doctor compares it with the server's.
enum Version {
  static let current = "0.1.0"
}
