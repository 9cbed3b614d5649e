internal import TopUpCore

/// What the command line asks the daemon to do.
///
/// Read here and not by a library: the one that `topupctl` uses brings a third of the daemon's code
/// with it and a megabyte or two of its memory, for three words and three flags.
enum Invocation: Equatable {
  case run
  case check
  /// Looks for damage in the store; the head is one that was kept elsewhere.
  case verify(LedgerHead?)
  case help
  case version

  /// Why a command line is not understood, in one line.
  struct Fault: Error, Equatable {
    let problem: String
  }

  static let usage = """
    Keeps developer accounts funded.

    Settings are environment variables, TOPUP_…: see docs/OPERATIONS.md.

    usage: topupd [run | check | verify [--head POSITION:DIGEST]] [--help] [--version]

      run     serves until SIGTERM or SIGINT; what is done when nothing is said
      check   checks the configuration and exits
      verify  checks the store at TOPUP_DATABASE, which no daemon may have open, and exits: with 0
              when it is sound, with 1 and a line for each fault when it is not; --head is one that
              'topupctl ledger head' printed, and shows whether entries are missing at the end
    """

  /// - Parameter arguments: without the program's name.
  /// - Throws: ``Fault`` for a word that is not known, or one too many.
  init(_ arguments: some Sequence<String>) throws(Fault) {
    var asked: Self?
    var isHeadNext = false
    for argument in arguments {
      if isHeadNext {
        guard let head = LedgerHead(argument) else {
          throw Fault(problem: "'\(argument)' is no head such as 12: and 64 hexadecimal digits")
        }
        asked = .verify(head)
        isHeadNext = false
        continue
      }
      switch argument {
      case "-h", "--help", "help":
        self = .help
        return
      case "--version":
        self = .version
        return
      case "run", "check", "verify":
        guard asked == nil else { throw Fault(problem: "'\(argument)' is one command too many") }
        asked = argument == "run" ? .run : argument == "check" ? .check : .verify(nil)
      case "--head" where asked == .verify(nil): isHeadNext = true
      default: throw Fault(problem: "'\(argument)' is not known")
      }
    }
    guard !isHeadNext else { throw Fault(problem: "'--head' needs POSITION:DIGEST after it") }
    self = asked ?? .run
  }
}
