// swift-tools-version:6.2
import PackageDescription

// A package that uses the SDK alone; in yours, the address of the repository is in the place of the path.
let package = Package(
    name: "OnlyClient",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "clientele", path: "../..")],
    targets: [
        .executableTarget(
            name: "OnlyClient",
            dependencies: [.product(name: "ClienteleClient", package: "clientele")]
        )
    ]
)
