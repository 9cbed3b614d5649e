/// What the command line asks the daemon to do.
///
/// Read here and not by a library: the one that `topupctl` uses brings a third of the daemon's code
/// with it and a megabyte or two of its memory, for two words and two flags.
enum Invocation: Equatable {
  case run
  case check
  case help
  case version

  /// Why a command line is not understood, in one line.
  struct Fault: Error, Equatable {
    let problem: String
  }

  static let usage = """
    Keeps developer accounts funded.

    Settings are environment variables, TOPUP_…: see docs/OPERATIONS.md.

    usage: topupd [run | check] [--help] [--version]

      run     serves until SIGTERM or SIGINT; what is done when nothing is said
      check   checks the configuration and exits
    """

  /// - Parameter arguments: without the program's name.
  /// - Throws: ``Fault`` for a word that is not known, or one too many.
  init(_ arguments: some Sequence<String>) throws(Fault) {
    var asked: Self?
    for argument in arguments {
      switch argument {
      case "-h", "--help", "help":
        self = .help
        return
      case "--version":
        self = .version
        return
      case "run", "check":
        guard asked == nil else { throw Fault(problem: "'\(argument)' is one command too many") }
        asked = argument == "run" ? .run : .check
      default: throw Fault(problem: "'\(argument)' is not known")
      }
    }
    self = asked ?? .run
  }
}
