extension StringProtocol {
  /// The beginning of a text that is told again: by bytes, for one character may have any number of
  /// them.
  ///
  /// - Returns: as many whole Unicode scalars as fit.
  package func cut(toBytes most: Int) -> String {
    guard utf8.count > most else { return String(self) }
    var (cut, bytes) = (String.UnicodeScalarView(), 0)
    for scalar in unicodeScalars {
      bytes += UTF8.width(scalar)
      guard bytes <= most else { break }
      cut.append(scalar)
    }
    return String(cut)
  }
}
