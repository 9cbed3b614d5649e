/// What interceptors and services keep with a connection from call to call, each one thing, so that
/// what they found out of its peer is not found out anew with each call.
///
/// Confined to the connection's executor. Gone with the connection; nothing is held until the first
/// note.
public struct ConnectionNotes {
  private var entries: [(owner: AnyObject, note: AnyObject)] = []

  public init() {}

  /// What an owner keeps; nil when it keeps nothing.
  public func note(of owner: AnyObject) -> (AnyObject)? {
    for entry in entries where entry.owner === owner { return entry.note }
    return nil
  }

  /// Keeps a note in the place of the owner's last one. The owner lives as long as the note.
  public mutating func keep(_ note: AnyObject, of owner: AnyObject) {
    if let index = entries.firstIndex(where: { $0.owner === owner }) {
      entries[index].note = note
    } else {
      entries.append((owner, note))
    }
  }
}
