import Testing
import TopUpCore

@Suite struct XXHash64Tests {
  @Test(
    arguments: [
      ("", 0, 0xEF46_DB37_51D8_E999), ("a", 0, 0xD24E_C4F1_A98C_6E5B),
      ("abc", 0, 0x44BC_2CF5_AD77_0999), ("xxhash", 0, 0x32DD_3895_2C4B_C720),
      ("xxhash", 20_141_025, 0xB559_B98D_844E_0635),
      ("Nobody inspects the spammish repetition", 0, 0xFBCE_A83C_8A37_8BF1),
      ("Nobody inspects the spammish repetition", 20_141_025, 0xCE06_9361_3685_2706),
    ] as [(String, UInt64, UInt64)])
  func `published vectors agree`(text: String, seed: UInt64, expected: UInt64) {
    #expect(XXHash64.hash(Array(text.utf8), seed: seed) == expected)
  }

  @Test(arguments: [
    ("System", "26aa394eea5630e07c48ae0c9558cef7"),
    ("Account", "b99d880ec681799c0cf30e8886371da9"),
    ("DdcCustomers", "affb44e1082c7d59adbb5ebdf73bb14c"),
    ("ClusterLedger", "4e5d0f20b61abee69002a08fa96842a4"),
  ])
  func `twox128 gives the storage prefixes that chains use`(name: String, expected: String) {
    #expect(Hex.text(XXHash64.twox128(name)) == expected)
  }
}
