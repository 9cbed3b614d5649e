/// What a service is called in Swift.
struct ServiceNames {
  let methods: String
  let serviceProtocol: String
  let client: String

  init(_ service: ServiceModel, prefix: String) {
    let name = prefix + Words.upperCamel(camel: service.name)
    methods = name + "RPC"
    serviceProtocol = name + "ServiceProtocol"
    client = name + "Client"
  }
}
