/// What a service is called in Swift.
struct ServiceNames {
  let methods: String
  let serviceProtocol: String
  let client: String

  init(_ service: ServiceModel, prefix: String) {
    let bare = Words.upperCamel(camel: service.name)
    // A service that is called as its package is prefixed, such as channelz, does not stutter.
    let name = bare == prefix ? bare : prefix + bare
    methods = name + "RPC"
    serviceProtocol = name + "ServiceProtocol"
    client = name + "Client"
  }
}
