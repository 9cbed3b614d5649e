// swift-tools-version: 6.2
// One target for each rule worth keeping; docs/ARCHITECTURE.md says which. Arrows point down only.
import PackageDescription

/// Settings of every Swift target.
let swift: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// Settings of targets that touch C or raw memory: every such line says `unsafe`.
let unsafeSwift: [SwiftSetting] = swift + [.strictMemorySafety()]

let cSettings: [CSetting] = [.unsafeFlags(["-Wall", "-Wno-unused-function"])]

func clibrary(_ name: String, pkgConfig: String? = nil, apt: String? = nil) -> Target {
  .systemLibrary(
    name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig,
    providers: apt.map { [.apt([$0])] })
}

let package = Package(
  name: "topupd",
  products: [
    .library(name: "RPCServer", targets: ["RPCServer"]),
    .library(name: "RPCClient", targets: ["RPCClient"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    // MARK: C libraries, one door each
    .systemLibrary(
      name: "CProtobuf", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
    clibrary("CNGHTTP2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
    clibrary("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    clibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    clibrary("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    clibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    clibrary("CLinux"),

    // MARK: RPC
    .target(name: "StrictJSON", swiftSettings: swift),
    .target(name: "RPCCore", swiftSettings: swift),
    .target(
      name: "ProtobufRuntime", dependencies: ["RPCCore", "StrictJSON", "CProtobuf"],
      swiftSettings: unsafeSwift),
    .target(
      name: "RPCTransport", dependencies: ["RPCCore", "CNGHTTP2", "COpenSSL", "CZlib", "CLinux"],
      swiftSettings: unsafeSwift),
    .target(
      name: "RPCServer",
      dependencies: ["RPCCore", "RPCTransport", .product(name: "Logging", package: "swift-log")],
      swiftSettings: swift),
    .target(name: "RPCClient", dependencies: ["RPCCore", "RPCTransport"], swiftSettings: swift),

    // MARK: Top-up
    .target(name: "TopUpCore", swiftSettings: swift),
    .target(
      name: "TopUpStore", dependencies: ["TopUpCore", "CSQLite", "CLinux"],
      swiftSettings: unsafeSwift),
    .target(
      name: "Gateways", dependencies: ["TopUpCore", "StrictJSON", "CCurl", "COpenSSL", "CLinux"],
      swiftSettings: unsafeSwift),
    .target(
      name: "SimulatedWorld", dependencies: ["TopUpCore", "StrictJSON"], swiftSettings: swift),

    // MARK: Tests
    .executableTarget(
      name: "storeprobe", dependencies: ["TopUpCore", "TopUpStore"], path: "Tests/StoreProbe",
      swiftSettings: swift),
    .testTarget(
      name: "TopUpStoreTests",
      dependencies: ["TopUpStore", "TopUpCore", "CSQLite", "storeprobe"],
      swiftSettings: unsafeSwift),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swift),
    .testTarget(
      name: "RPCServerTests",
      dependencies: ["RPCServer", "RPCCore", "RPCTransport", "TestSupport"],
      exclude: ["grpcio_client.py"], swiftSettings: swift),
    .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"], swiftSettings: swift),
    .testTarget(name: "RPCCoreTests", dependencies: ["RPCCore"], swiftSettings: swift),
    .testTarget(
      name: "TopUpCoreTests", dependencies: ["TopUpCore"], exclude: ["Fixtures"],
      swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6]
)
