internal import ArgumentParser

/// How much of a list is shown.
struct PageOptions: ParsableArguments {
  /// The most that a server gives at once.
  private static let pageSizeMax = 200

  @Option(help: ArgumentHelp("The most to show.", valueName: "count"))
  var limit = 50

  @Option(help: ArgumentHelp("Go on where an earlier list ended.", valueName: "token"))
  var pageToken = ""

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be above zero") }
  }

  /// Asks for pages until there are enough, or no more.
  ///
  /// - Parameter page: asks for one page, by its size and token; gives its items and the next token.
  /// - Returns: the items, and the token of what was left; empty when nothing was.
  func collect<Item>(
    _ page: (_ size: Int32, _ token: String) async throws -> ([Item], String)
  ) async throws -> (items: [Item], next: String) {
    var items: [Item] = []
    var token = pageToken
    repeat {
      let size = min(limit - items.count, Self.pageSizeMax)
      let (more, next) = try await page(Int32(size), token)
      items += more
      token = next
    } while items.count < limit && !token.isEmpty
    return (items, token)
  }

  /// Tells how to see the rest, when there is one.
  func tellRest(_ next: String, _ console: Console) {
    guard !next.isEmpty, console.format == .table else { return }
    console.note("there are more: --page-token \(next), or a larger --limit")
  }
}
