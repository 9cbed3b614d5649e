import Testing

@testable import protogen

@Suite struct NamesTests {
  @Test(arguments: [
    ("cluster_id", "clusterID"), ("id", "id"), ("rpc_url", "rpcURL"), ("cluster_ids", "clusterIDs"),
    ("int32_value", "int32Value"), ("url_id", "urlID"), ("plain", "plain"),
    ("UPPER_CASE", "upperCase"),
  ])
  func `snake case becomes camel case with acronyms in one case`(_ proto: String, _ swift: String) {
    #expect(Words.lowerCamel(snake: proto) == swift)
  }

  @Test(arguments: [
    ("DdcAccount", "DDCAccount"), ("TopUp", "TopUp"), ("GetRpcUrl", "GetRPCURL"),
    ("HTTPServer", "HTTPServer"), ("SmallOrderV2", "SmallOrderV2"),
  ])
  func `type names keep their words`(_ proto: String, _ swift: String) {
    #expect(Words.upperCamel(camel: proto) == swift)
  }

  @Test func `methods begin small`() {
    #expect(SwiftNames.method("CreateTopUp") == "createTopUp")
    #expect(SwiftNames.method("GetRpcUrl") == "getRPCURL")
    #expect(SwiftNames.method("Import") == "`import`")
  }

  @Test func `names that Swift keeps for itself are quoted or changed`() {
    #expect(SwiftNames.property("default") == "`default`")
    #expect(SwiftNames.property("self") == "selfField")
    #expect(SwiftNames.property("json") == "jsonField")
    #expect(SwiftNames.type("Actor", prefix: "") == "ActorMessage")
    #expect(SwiftNames.type("Status", prefix: "Google") == "GoogleStatus")
    #expect(SwiftNames.nestedType("Type") == "TypeValue")
  }

  @Test func `enum values lose the prefix that names their enum`() {
    let model = EnumModel(
      name: "TopUpState", fullName: "t.TopUpState",
      values: [
        EnumValueModel(name: "TOP_UP_STATE_UNSPECIFIED", number: 0, comment: ""),
        EnumValueModel(name: "TOP_UP_STATE_3DS", number: 1, comment: ""),
        EnumValueModel(name: "BARE", number: 2, comment: ""),
        EnumValueModel(name: "TOP_UP_STATE_DEFAULT", number: 3, comment: ""),
        EnumValueModel(name: "TOP_UP_STATE_PLAIN", number: 2, comment: ""),
      ], comment: "")
    let cases = EnumCases(model)
    #expect(cases.values.map(\.name) == ["unspecified", "topUpState3ds", "bare", "`default`"])
    #expect(cases.aliases.map(\.name) == ["plain"])
    #expect(cases.aliases.map(\.target) == ["bare"])
  }

  @Test func `C names are protoc-c's`() {
    #expect(CNames.type("topup.v1.DdcAccount") == "Topup__V1__DdcAccount")
    #expect(
      CNames.stem("test.v1.KitchenSink.StringMapEntry")
        == "test__v1__kitchen_sink__string_map_entry")
    #expect(CNames.stem("a.HTTPServer") == "a__httpserver")
    #expect(CNames.field("class") == "class_")
    #expect(CNames.field("camelName") == "camelname")
  }
}
