/// The first schema. Its text never changes once a store has it; what comes later is a migration.
///
/// The rules that must hold whatever the code does stand here: unique indexes, checks, and triggers
/// that refuse to change or remove what is a fact. Amounts of the ledger are 16-byte blobs whose
/// order is the numbers' order; times are milliseconds since 1970; names of states and phases are
/// the core's own.
enum Schema1 {
  static let script =
    accounts + "\n" + topUps + "\n" + authentication + "\n" + ramp + "\n" + ledger + "\n"
    + movements + "\n" + credits + "\n" + notices + "\n" + intake
}
