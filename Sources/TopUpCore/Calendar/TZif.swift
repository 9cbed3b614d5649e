/// Reads compiled files of the time zone database.
///
/// Versions 1 to 4 are taken; from version 2 on only the block of 64-bit times and the footer are
/// looked at. What RFC 9636 allows only "should not" ways is refused as well: a zone decides which
/// window a cap is counted in, so a file in doubt is no file.
/// - Source: RFC 9636, "The Time Zone Information Format (TZif)".
package enum TZif {
  /// - Parameter bytes: the whole file.
  /// - Throws: ``TZifError``, the first thing that is wrong.
  package static func rules(from bytes: [UInt8]) throws(TZifError) -> TimeZoneRules {
    var reader = TZifReader(bytes)
    let first = try TZifHeader(&reader)
    guard first.version >= 2 else {
      let block = try TZifBlock(&reader, first, timeBytes: 4)
      guard reader.isAtEnd else { throw .trailingBytes }
      return block.rules(ruleAfterAll: nil)
    }
    try reader.skip(first.blockBytes(timeBytes: 4))
    let second = try TZifHeader(&reader)
    guard second.version == first.version else { throw .badHeader }
    let block = try TZifBlock(&reader, second, timeBytes: 8)
    let footer = try footer(&reader)
    guard !footer.isEmpty else { return block.rules(ruleAfterAll: nil) }
    guard let rule = POSIXTimeZone(footer) else { throw .badFooter }
    // "MUST be consistent with the last version 2+ transition" (RFC 9636 §3.3).
    if let last = block.transitions.last,
      rule.period(at: last.moment).offsetSeconds != last.offsetSeconds
    {
      throw .footerContradictsTransitions
    }
    return block.rules(ruleAfterAll: rule)
  }

  /// The text between the two line feeds that end a file.
  private static func footer(_ reader: inout TZifReader) throws(TZifError) -> ArraySlice<UInt8> {
    guard try reader.byte() == lineFeed else { throw .badFooter }
    let rest = reader.rest
    guard let end = rest.firstIndex(of: lineFeed) else { throw .truncated }
    guard end == rest.endIndex - 1 else { throw .trailingBytes }
    return rest.dropLast()
  }

  private static let lineFeed = UInt8(ascii: "\n")
}
