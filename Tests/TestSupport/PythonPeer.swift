internal import Glibc

/// Stock gRPC clients and servers in Python, from PyPI, in the environment that `scripts/test` makes.
package enum PythonPeer {
  /// The package's folder, two above this file's.
  package static let root: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  /// Runs a script under `Tests/`.
  package static func run(_ script: String, _ arguments: [String]) async -> Subprocess {
    let python = root + "/.venv/bin/python"
    guard access(python, X_OK) == 0 else {
      return Subprocess(
        exitCode: -1, output: "no \(python): scripts/bootstrap makes the Python environment")
    }
    return await Subprocess.run([python, "\(root)/Tests/\(script)"] + arguments)
  }

  /// Starts a script under `Tests/` that runs until it is stopped.
  ///
  /// - Returns: nil without the Python environment.
  package static func start(_ script: String) -> BackgroundProcess? {
    let python = root + "/.venv/bin/python"
    guard access(python, X_OK) == 0 else { return nil }
    return BackgroundProcess([python, "\(root)/Tests/\(script)"])
  }
}
