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

/// How programs that serve are linked for release: by the toolchain's own lld, which can write their
/// 56,000 relative relocations as a bitmap (DT_RELR, glibc 2.36), and without a table of symbols for
/// libraries that would look into them. Both are read whole when a program starts, 3 MB of memory.
let serving: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker",
      "pack-relative-relocs",
    ],
    .when(platforms: [.linux], configuration: .release))
]

/// What a start of topupd runs lies side by side in it, so that of its code not the whole but a third
/// is in memory. Written by scripts/bench link-order.
let ordered: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-Xlinker",
      "--symbol-ordering-file=\(Context.packageDirectory)/Sources/topupd/link-order.txt",
      "-Xlinker", "--no-warn-symbol-ordering",
    ],
    .when(platforms: [.linux], configuration: .release))
]

func clibrary(_ name: String, pkgConfig: String? = nil, apt: String? = nil) -> Target {
  .systemLibrary(
    name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig,
    providers: apt.map { [.apt([$0])] })
}

/// C that scripts/generate made.
func generatedC(_ name: String, _ others: [Target.Dependency] = [], path: String? = nil) -> Target {
  .target(
    name: name, dependencies: ["CProtobuf"] + others, path: path ?? "Sources/\(name)",
    publicHeadersPath: "include")
}

/// The fuzzers' program, which has no main of its own: scripts/fuzz asks for it.
let fuzzTargets: [Target] =
  Context.environment["TOPUPD_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "KitchenSink", "ProtobufRuntime", "RPCCore", "RPCServer", "RPCTransport", "StrictJSON",
        "TestSupport", "TopUpAPI", "TopUpCore", "TopUpService",
      ],
      path: "Tests/Fuzz", exclude: ["corpora"], swiftSettings: swift)
  ]

let package = Package(
  name: "topupd",
  products: [
    .library(name: "RPCServer", targets: ["RPCServer", "RPCCore"]),
    .library(name: "RPCClient", targets: ["RPCClient", "RPCCore"]),
    // What the code that protogen makes stands on.
    .library(
      name: "ProtobufRuntime",
      targets: ["ProtobufRuntime", "ProtobufWire", "StrictJSON", "RPCCore", "CProtobufTypes"]),
    .library(name: "CProtobuf", targets: ["CProtobuf"]),
    .executable(name: "protogen", targets: ["protogen"]),
    .executable(name: "topupd", targets: ["topupd"]),
    .executable(name: "topupctl", targets: ["topupctl"]),
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
    .target(name: "ProtobufWire", dependencies: ["RPCCore"], swiftSettings: unsafeSwift),
    .executableTarget(
      name: "protogen", dependencies: ["RPCCore", "ProtobufWire"], swiftSettings: unsafeSwift),
    .target(
      name: "ProtobufRuntime",
      dependencies: ["RPCCore", "StrictJSON", "CProtobuf", "CProtobufTypes", "ProtobufWire"],
      swiftSettings: unsafeSwift),
    generatedC("CProtobufTypes"),
    generatedC("CRPCServices", ["CProtobufTypes"]),
    .target(
      name: "RPCServices",
      dependencies: [
        "RPCCore", "StrictJSON", "ProtobufWire", "ProtobufRuntime", "CProtobuf", "CRPCServices",
      ],
      swiftSettings: unsafeSwift),
    .target(
      name: "RPCTransport", dependencies: ["RPCCore", "CNGHTTP2", "COpenSSL", "CZlib", "CLinux"],
      swiftSettings: unsafeSwift),
    .target(
      name: "RPCServer",
      dependencies: [
        "RPCCore", "RPCTransport", "RPCServices", "ProtobufRuntime", "ProtobufWire", "StrictJSON",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swift),
    .target(name: "RPCClient", dependencies: ["RPCCore", "RPCTransport"], swiftSettings: swift),

    // MARK: Top-up
    generatedC("CTopUpAPI", ["CProtobufTypes"]),
    .target(
      name: "TopUpAPI",
      dependencies: [
        "RPCCore", "StrictJSON", "ProtobufWire", "ProtobufRuntime", "CProtobuf", "CTopUpAPI",
      ],
      swiftSettings: unsafeSwift),
    .target(name: "TopUpCore", swiftSettings: swift),
    .target(
      name: "TopUpStore", dependencies: ["TopUpCore", "CSQLite", "CLinux"],
      swiftSettings: unsafeSwift),
    .target(
      name: "Gateways", dependencies: ["TopUpCore", "StrictJSON", "CCurl", "COpenSSL", "CLinux"],
      swiftSettings: unsafeSwift),
    .target(
      name: "TopUpService",
      dependencies: [
        "RPCCore", "RPCTransport", "RPCServer", "RPCServices", "ProtobufRuntime", "ProtobufWire",
        "TopUpAPI", "TopUpCore", "TopUpStore", "StrictJSON", "Gateways",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swift),
    .executableTarget(
      name: "topupd",
      dependencies: [
        "TopUpService", "TopUpCore", .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["link-order.txt"], swiftSettings: swift, linkerSettings: serving + ordered),
    .executableTarget(
      name: "topupctl",
      dependencies: [
        "RPCClient", "RPCCore", "RPCServices", "ProtobufRuntime", "TopUpAPI", "TopUpCore",
        "StrictJSON", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: unsafeSwift),
    .target(
      name: "SimulatedWorld", dependencies: ["TopUpCore", "StrictJSON"], swiftSettings: swift),
    .executableTarget(
      name: "topupsandbox",
      dependencies: [
        "SimulatedWorld", "TopUpCore", "StrictJSON", "RPCCore", "RPCTransport", "Gateways",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: unsafeSwift),
    .executableTarget(
      name: "topupsim",
      dependencies: [
        "SimulatedWorld", "TopUpService", "TopUpAPI", "TopUpStore", "TopUpCore", "Gateways",
        "RPCClient", "RPCServer", "RPCTransport", "RPCCore", "StrictJSON", "CSQLite", "TestSupport",
        "ProtobufRuntime",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: unsafeSwift),

    // MARK: Tests
    .executableTarget(
      name: "storeprobe", dependencies: ["TopUpCore", "TopUpStore"], path: "Tests/StoreProbe",
      swiftSettings: swift),
    .testTarget(
      name: "TopUpStoreTests",
      dependencies: ["TopUpStore", "TopUpCore", "CSQLite", "storeprobe", "TestSupport"],
      swiftSettings: unsafeSwift),
    generatedC("CKitchenSink", ["CProtobufTypes"], path: "Tests/CKitchenSink"),
    .target(
      name: "KitchenSink",
      dependencies: [
        "RPCCore", "StrictJSON", "ProtobufWire", "ProtobufRuntime", "CProtobuf", "CKitchenSink",
      ],
      path: "Tests/KitchenSink", swiftSettings: unsafeSwift),
    generatedC("CBenchAPI", ["CProtobufTypes"], path: "Tests/CBenchAPI"),
    .target(
      name: "BenchAPI",
      dependencies: [
        "RPCCore", "StrictJSON", "ProtobufWire", "ProtobufRuntime", "CProtobuf", "CBenchAPI",
      ],
      path: "Tests/BenchAPI", swiftSettings: unsafeSwift),
    .executableTarget(
      name: "benchserver",
      dependencies: [
        "RPCServer", "RPCCore", "BenchAPI", .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/BenchServer", swiftSettings: swift, linkerSettings: serving),
    .executableTarget(
      name: "topupbench",
      dependencies: ["TopUpService", "TopUpStore", "TopUpCore", "RPCTransport"],
      path: "Tests/TopUpBench", swiftSettings: swift),
    generatedC("CInteropAPI", ["CProtobufTypes"], path: "Tests/CInteropAPI"),
    .target(
      name: "InteropAPI",
      dependencies: [
        "RPCCore", "StrictJSON", "ProtobufWire", "ProtobufRuntime", "CProtobuf", "CInteropAPI",
      ],
      path: "Tests/InteropAPI", swiftSettings: unsafeSwift),
    .executableTarget(
      name: "interop-server", dependencies: ["RPCServer", "RPCCore", "InteropAPI", "TestSupport"],
      path: "Tests/InteropServer", swiftSettings: swift),
    .testTarget(
      name: "InteropTests", dependencies: ["interop-server", "TestSupport"],
      exclude: [
        "interop_client.py", "interop_cases.py", "interop_frames.py", "interop_messages.py",
      ], swiftSettings: swift),
    .target(
      name: "TestSupport", dependencies: ["RPCCore", "RPCTransport", "CNGHTTP2", "CLinux"],
      path: "Tests/TestSupport", swiftSettings: swift),
    .testTarget(
      name: "RPCTransportTests",
      dependencies: ["RPCServer", "RPCCore", "RPCTransport", "TestSupport"], swiftSettings: swift),
    .testTarget(
      name: "RPCClientTests",
      dependencies: ["RPCClient", "RPCServer", "RPCCore", "RPCTransport", "TestSupport"],
      exclude: ["grpcio_server.py"], swiftSettings: swift),
    .testTarget(
      name: "DaemonTests",
      dependencies: ["topupd", "topupctl", "topupsandbox", "TopUpCore", "TestSupport"],
      exclude: [
        "harness.py", "copies.py", "declined.py", "stream.py", "every_method.py", "bad_input.py",
        "kill_nine.py", "authorization.py", "kill_calls.py", "second_start.py",
        "complete_early.py", "claims.py", "bindings.py", "three_d_secure.py",
        "extremes.py", "dead_letters.py", "refunds.py", "corrected_card.py", "ledger.py",
        "debts.py", "reconcile.py", "disk.py", "replay.py", "shim", "power_loss.py",
        "disk_fails.py", "damage.py", "pages.py", "webhooks.py", "promises.py", "notices.py",
        "tiers.py",
      ], swiftSettings: swift),
    .testTarget(
      name: "AttackTests", dependencies: ["benchserver", "TestSupport"],
      exclude: [
        "attack_floods.py", "attack_list.py", "attack_slow.py", "attack_streams.py", "attacks.py",
        "frames.py", "tls_attacks.py", "victim.py",
      ], swiftSettings: swift),
    .testTarget(
      name: "RPCServerTests",
      dependencies: [
        "RPCServer", "RPCCore", "RPCTransport", "RPCServices", "ProtobufRuntime", "StrictJSON",
        "TestSupport",
        .product(name: "Logging", package: "swift-log"),
      ],
      exclude: [
        "grpcio_client.py", "grpcio_who.py", "grpcio_channelz.py", "grpcio_reflection.py",
        "Authorization/tokens.json",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "ProtobufWireTests", dependencies: ["ProtobufWire", "RPCCore"], swiftSettings: swift),
    .testTarget(
      name: "ProtobufRuntimeTests",
      dependencies: [
        "ProtobufRuntime", "ProtobufWire", "RPCCore", "StrictJSON", "KitchenSink", "TestSupport",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "RPCServicesTests", dependencies: ["RPCServices", "ProtobufRuntime", "RPCCore"],
      swiftSettings: swift),
    .testTarget(
      name: "ProtogenTests", dependencies: ["protogen", "RPCCore"], swiftSettings: swift),
    .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"], swiftSettings: swift),
    .testTarget(
      name: "SimulatedWorldTests", dependencies: ["SimulatedWorld", "StrictJSON", "TopUpCore"],
      swiftSettings: swift),
    .testTarget(
      name: "SimulatorTests",
      dependencies: ["topupsim", "SimulatedWorld", "TestSupport", "TopUpCore", "TopUpStore"],
      swiftSettings: swift),
    .testTarget(
      name: "WorldContractTests", dependencies: ["SimulatedWorld", "Gateways", "TopUpCore"],
      swiftSettings: swift),
    .testTarget(
      name: "SandboxTests", dependencies: ["topupsandbox", "TestSupport"], exclude: ["smoke.sh"],
      swiftSettings: swift),
    .testTarget(
      name: "TestSupportTests", dependencies: ["TestSupport", "RPCCore", "RPCTransport"],
      swiftSettings: swift),
    .testTarget(
      name: "TopUpServiceTests",
      dependencies: [
        "TopUpService", "RPCCore", "RPCTransport", "RPCServer", "RPCClient", "TopUpAPI",
        "TopUpCore", "TopUpStore", "Gateways", "SimulatedWorld", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "RPCCoreTests", dependencies: ["RPCCore", "TestSupport"], swiftSettings: swift),
    .testTarget(
      name: "TopUpCtlTests",
      dependencies: [
        "topupctl", "RPCCore", "RPCServer", "RPCServices", "ProtobufRuntime", "TopUpAPI",
        "TopUpCore",
        "StrictJSON", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "TopUpCoreTests", dependencies: ["TopUpCore"], exclude: ["Fixtures"],
      swiftSettings: swift),
    .testTarget(
      name: "GatewaysTests",
      dependencies: ["Gateways", "TopUpCore", "StrictJSON", "COpenSSL", "TestSupport"],
      swiftSettings: swift),
  ] + fuzzTargets,
  swiftLanguageModes: [.v6]
)
