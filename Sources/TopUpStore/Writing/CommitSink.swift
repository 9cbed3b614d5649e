internal import TopUpCore

/// Where commits go: to a thread that groups them, or straight into the file.
protocol CommitSink: Sendable {
  /// Returns when the commit is durable, refused, or in doubt.
  func commit(_ commit: Commit) async -> BatchWriter.Outcome

  /// Ends after all that was taken.
  func close()
}
