// swift-tools-version: 6.2
// The webhook parser held against llhttp, which swift-nio carries. A package of its own, so that
// swift-nio never weighs on the daemon's build; scripts/oracle-webhook runs it.
import PackageDescription

let swift: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "webhook-oracle",
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2")
  ],
  targets: [
    // The parser's own files, by links: `package` access ends at a package's edge, and the daemon's
    // libraries need not be built for it.
    .target(name: "TopUpService", swiftSettings: swift),
    .testTarget(
      name: "WebhookOracleTests",
      dependencies: [
        "TopUpService", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ], swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6]
)
