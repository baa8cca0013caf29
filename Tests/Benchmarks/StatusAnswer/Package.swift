// swift-tools-version: 6.0
import PackageDescription

// A comparator of the benchmarks, in a package of its own: nothing of Precache depends on it.
let package = Package(
    name: "status-answer",
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1")
    ],
    targets: [
        .executableTarget(
            name: "status-answer",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            path: "Sources/StatusAnswer"
        )
    ]
)
