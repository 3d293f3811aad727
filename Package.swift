// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // An asynchronous function stays on its caller's executor: a request's way down and up has no hop.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

// What targets depend on, by name.
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioConcurrency = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")

let package = Package(
    name: "clientele",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .executable(name: "clientele", targets: ["clientele"]),
        .library(name: "ClienteleClient", targets: ["ClienteleClient"]),
        .library(name: "ClienteleEmbedded", targets: ["ClienteleEmbedded"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "ClienteleJSON", swiftSettings: settings),
        .target(name: "ClienteleCore", dependencies: ["ClienteleJSON", crypto], swiftSettings: settings),
        .target(
            name: "ClienteleStore",
            dependencies: [
                "ClienteleCore", "ClienteleJSON", "CLibPQ", "CSQLite", crypto, metrics, nioConcurrency, nioPosix,
            ],
            resources: [.embedInCode("Migrations")],
            swiftSettings: settings
        ),
        .target(
            name: "ClienteleServer",
            dependencies: [
                "ClienteleCore", "ClienteleJSON", crypto, httpTypes, hummingbird, hummingbirdCore, lifecycle, logging,
                metrics, nioCore, nioHTTPTypes, nioPosix, unixSignals,
            ],
            swiftSettings: settings
        ),
        // What both senders of requests put between the network and AsyncHTTPClient.
        .target(name: "ClienteleResponseGuard", dependencies: [nioCore, nioHTTP1], swiftSettings: settings),
        // What sends webhooks: the one part of the server side that calls others.
        .target(
            name: "ClienteleWebhooks",
            dependencies: [
                "ClienteleCore", "ClienteleResponseGuard", asyncHTTPClient, lifecycle, logging, nioCore, nioHTTP1,
                nioPosix,
            ],
            swiftSettings: settings
        ),
        // The SDK: what uses only this builds no server, no Hummingbird and no libpq.
        .target(
            name: "ClienteleClient",
            dependencies: [
                "ClienteleJSON", "ClienteleResponseGuard", asyncHTTPClient, crypto, httpTypes, nioCore, nioHTTP1,
                nioPosix,
            ],
            swiftSettings: settings
        ),
        // The engine in the caller's process, behind the SDK's calls.
        .target(
            name: "ClienteleEmbedded",
            dependencies: [
                "ClienteleClient", "ClienteleCore", "ClienteleServer", "ClienteleStore", "ClienteleWebhooks", httpTypes,
                logging,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "clientele",
            dependencies: [
                "ClienteleClient", "ClienteleCore", "ClienteleJSON", "ClienteleServer", "ClienteleStore",
                "ClienteleWebhooks", argumentParser, configuration, logging, unixSignals,
            ],
            swiftSettings: settings
        ),
        // A site of fifty lines that asks who may see a page.
        .executableTarget(
            name: "GatedSite",
            dependencies: ["ClienteleClient", hummingbird, logging],
            path: "Examples/GatedSite",
            swiftSettings: settings
        ),
        .target(
            name: "ClienteleTestSupport",
            dependencies: [
                "ClienteleCore", "ClienteleJSON", "ClienteleServer", "ClienteleStore", httpTypes, hummingbird,
                hummingbirdTesting, logging, metrics, nioCore, nioPosix,
            ],
            path: "Tests/ClienteleTestSupport",
            swiftSettings: settings
        ),
        .testTarget(name: "ClienteleJSONTests", dependencies: ["ClienteleJSON"], swiftSettings: settings),
        .testTarget(
            name: "ClienteleCoreTests",
            dependencies: ["ClienteleCore", "ClienteleJSON"],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ClienteleStoreTests",
            dependencies: ["ClienteleCore", "ClienteleJSON", "ClienteleStore", "ClienteleTestSupport", metrics],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ClienteleServerTests",
            dependencies: [
                "ClienteleCore", "ClienteleJSON", "ClienteleServer", "ClienteleStore", "ClienteleTestSupport",
                httpTypes, hummingbird, hummingbirdTesting, metrics, nioCore,
            ],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ClienteleWebhooksTests",
            dependencies: [
                "ClienteleCore", "ClienteleJSON", "ClienteleServer", "ClienteleStore", "ClienteleTestSupport",
                "ClienteleWebhooks", logging, nioCore, nioHTTP1, nioPosix,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ClienteleClientTests",
            dependencies: ["ClienteleClient", "ClienteleTestSupport", crypto, hummingbirdTesting],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ClienteleEmbeddedTests",
            dependencies: ["ClienteleCore", "ClienteleEmbedded", "ClienteleStore", "ClienteleTestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ClienteleCommandTests",
            dependencies: ["ClienteleJSON", "ClienteleTestSupport"],
            swiftSettings: settings
        ),
    ]
)
