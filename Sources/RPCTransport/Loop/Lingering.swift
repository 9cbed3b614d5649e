/// Decides whether a loop looks for its next event for a while before it sleeps.
///
/// A caller that sends one call after another has its next one here within microseconds, and to put
/// the core to sleep and wake it costs more than the call (measured: 70 µs a call, 34 without the
/// sleep). A loop that lingers uses the core meanwhile, so it does so only for such a caller: several
/// turns in a row, each with one event that brought one call, soon after the one before. Callers by
/// the dozen, or calls by the dozen over one connection, never look like that, and the first wait in
/// vain ends it. What is wasted is at most one span for every ``turnsMin`` turns.
struct Lingering {
  /// How long it looks.
  static let spanNanoseconds: Int64 = 30_000
  /// How soon the next event must come, the time of waking up included.
  static let gapMaxNanoseconds: Int64 = 100_000
  /// Turns in a row that show such a caller.
  static let turnsMin = 8
  /// Jobs of tasks that one call takes at most on its way.
  static let jobsMax = 2

  private var turns = 0

  /// Whether the loop looks before it sleeps.
  var isWorthwhile: Bool { turns >= Self.turnsMin }

  /// Takes in a turn: what it brought, and how long it was waited for.
  mutating func turned(events: Int, jobs: Int, waitedNanoseconds: Int64) {
    let isSolo =
      events == 1 && jobs <= Self.jobsMax && waitedNanoseconds <= Self.gapMaxNanoseconds
    turns = isSolo ? min(turns + 1, Self.turnsMin) : 0
  }

  /// It looked, and nothing came.
  mutating func lingeredInVain() { turns = 0 }
}
