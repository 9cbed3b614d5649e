internal import ArgumentParser
internal import ProtobufRuntime
internal import TopUpAPI

/// Readings of single values of the command line, with words for what is wrong.
enum Reading {
  @Sendable static func address(_ text: String) throws -> ServerAddress {
    do throws(UsageError) { return try ServerAddress(text) } catch {
      throw ValidationError(error.message)
    }
  }

  @Sendable static func span(_ text: String) throws -> Duration {
    guard let span = SpanText.duration(text) else {
      throw ValidationError("\"\(text)\" is no span of time such as 10, 500ms, 5min, 2h or 1d")
    }
    return span
  }

  @Sendable static func moment(_ text: String) throws -> ProtobufTimestamp {
    guard let moment = MomentText.timestamp(text) else {
      throw ValidationError(
        "\"\(text)\" is no time such as \"2026-11-21 03:36:11\" or 2026-11-21T03:36:11Z")
    }
    return moment
  }

  @Sendable static func position(_ text: String) throws -> Int64 {
    guard let position = Int64(text), position > 0 else {
      throw ValidationError("\"\(text)\" is no position: these are numbers from 1 on")
    }
    return position
  }

  @Sendable static func money(_ text: String) throws -> Money {
    do throws(MoneyText.Fault) { return try MoneyText.money(text) } catch {
      throw ValidationError("\(error)")
    }
  }

  @Sendable static func state(_ text: String) throws -> TopUpState {
    try named(text, TopUpState.prefix)
  }

  @Sendable static func severity(_ text: String) throws -> Severity {
    try named(text, Severity.prefix)
  }

  private static func named<Value: ProtobufEnum>(_ text: String, _ prefix: String) throws -> Value {
    guard let value = Value(named: text, prefix: prefix) else {
      let choices = Value.choices(after: prefix).joined(separator: ", ")
      throw ValidationError("\"\(text)\" is none of: \(choices)")
    }
    return value
  }
}
