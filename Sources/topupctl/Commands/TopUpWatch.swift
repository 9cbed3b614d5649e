internal import ArgumentParser
internal import RPCCore
internal import TopUpAPI

/// Follows one top-up to its end, or an account's for as long as one likes.
struct TopUpWatch: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follow a top-up to its end, or all of an account's.",
    discussion: """
      With an id the exit code is 0 only when the account was credited. A connection that is lost \
      is made again. -o json and -o jsonl print an object a line.
      """)

  @Argument(help: "The top-up's id.")
  var id: String?

  @OptionGroup var account: AccountOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if id != nil, account.named != nil {
      throw ValidationError("an id or an account, not both")
    }
  }

  func run(in session: Session) async throws {
    let subject: TopUpFollower.Subject
    if let id { subject = .topUp(id) } else { subject = .account(try account.required()) }
    let console = session.console
    let isNamed = id == nil
    let last = try await TopUpFollower(session, subject).follow { change in
      console.change(change.json) { report in
        TopUpView(change.topUp ?? TopUpRecord()).writeChange(
          change.transition, names: isNamed, to: &report)
      }
    }
    if id != nil, let last { try TopUpFollower.judge(last) }
  }
}
