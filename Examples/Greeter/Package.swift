// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "greeter",
  dependencies: [.package(name: "topupd", path: "../..")],
  targets: [
    .target(
      name: "CGreeterAPI", dependencies: [.product(name: "CProtobuf", package: "topupd")],
      publicHeadersPath: "include"),
    .target(
      name: "GreeterAPI",
      dependencies: ["CGreeterAPI", .product(name: "ProtobufRuntime", package: "topupd")]),
    .executableTarget(
      name: "Greeter",
      dependencies: [
        "GreeterAPI", .product(name: "RPCServer", package: "topupd"),
        .product(name: "RPCClient", package: "topupd"),
      ]),
  ]
)
