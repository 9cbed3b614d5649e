internal import TopUpCore

/// What the command line asks the daemon to do.
///
/// Read here and not by a library: the one that `topupctl` uses brings a third of the daemon's code
/// with it and a megabyte or two of its memory, for four words and four flags.
enum Invocation: Equatable {
  case run
  case check
  /// Looks for damage in the store; the head is one that was kept elsewhere.
  case verify(LedgerHead?)
  /// Makes the decisions after a position again, from what was kept of each.
  case replay(after: Int64)
  case help
  case version

  /// Why a command line is not understood, in one line.
  struct Fault: Error, Equatable {
    let problem: String
  }

  static let usage = """
    Keeps developer accounts funded.

    Settings are environment variables, TOPUP_…: see docs/OPERATIONS.md.

    usage: topupd [run | check | verify [--head POSITION:DIGEST] | replay [--after POSITION]]
                  [--help] [--version]

      run     serves until SIGTERM or SIGINT; what is done when nothing is said
      check   checks the configuration and exits
      verify  checks the store at TOPUP_DATABASE, which no daemon may have open, and exits: with 0
              when it is sound, with 1 and a line for each fault when it is not; --head is one that
              'topupctl ledger head' printed, and shows whether entries are missing at the end
      replay  makes every decision in the store at TOPUP_DATABASE, which no daemon may have open,
              again from what was kept of it, and exits: with 0 when each comes out as it was, with
              1 and a line for each that does not; --after begins behind a position
    """

  /// - Parameter arguments: without the program's name.
  /// - Throws: ``Fault`` for a word that is not known, or one too many.
  init(_ arguments: some Sequence<String>) throws(Fault) {
    var asked: Self?
    var flag: String?
    for argument in arguments {
      if let open = flag {
        asked = try Self.value(argument, of: open)
        flag = nil
        continue
      }
      switch argument {
      case "-h", "--help", "help":
        self = .help
        return
      case "--version":
        self = .version
        return
      case "run", "check", "verify", "replay":
        guard asked == nil else { throw Fault(problem: "'\(argument)' is one command too many") }
        asked = Self.command(argument)
      case "--head" where asked == .verify(nil), "--after" where asked == .replay(after: 0):
        flag = argument
      default: throw Fault(problem: "'\(argument)' is not known")
      }
    }
    if let flag {
      let wanted = flag == "--head" ? "POSITION:DIGEST" : "POSITION"
      throw Fault(problem: "'\(flag)' needs \(wanted) after it")
    }
    self = asked ?? .run
  }

  private static func command(_ word: String) -> Self {
    switch word {
    case "check": .check
    case "verify": .verify(nil)
    case "replay": .replay(after: 0)
    default: .run
    }
  }

  private static func value(_ text: String, of flag: String) throws(Fault) -> Self {
    if flag == "--head" {
      guard let head = LedgerHead(text) else {
        throw Fault(problem: "'\(text)' is no head such as 12: and 64 hexadecimal digits")
      }
      return .verify(head)
    }
    guard let position = Int64(text), position > 0 else {
      throw Fault(problem: "'\(text)' is no position of a decision: these are numbers from 1 on")
    }
    return .replay(after: position)
  }
}
