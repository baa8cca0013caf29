// swift-tools-version: 6.2
import PackageDescription

// Folders say what runs where: Sources/<layer>/<module>. `module` keeps every Swift target under the same
// strict settings; `.ci/imports.txt` says which module may import which, and `.ci/check-imports` holds it.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

func system(_ name: String, linking libraries: [String] = []) -> Target {
    .target(
        name: name,
        path: "Sources/System/\(name)",
        linkerSettings: libraries.map { .linkedLibrary($0) }
    )
}

func module(
    _ layer: String,
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    settings: [SwiftSetting] = []
) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "Sources/\(layer)/\(name)",
        swiftSettings: strict + settings
    )
}

func program(_ layer: String, _ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Sources/\(layer)/\(name)",
        swiftSettings: strict
    )
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies,
        path: "Tests/\(name)",
        swiftSettings: strict
    )
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yaml = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "precache",
    products: [
        .executable(name: "precached", targets: ["precached"]),
        .executable(name: "precache-agent", targets: ["precache-agent"]),
        .executable(name: "precache", targets: ["precache"]),
        .executable(name: "precache-bench", targets: ["precache-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Without its trait, which would bring all of Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        system("CLinux"),
        system("CCurl", linking: ["curl"]),
        system("COpenSSL", linking: ["ssl", "crypto"]),
        system("CAPIDocuments"),

        module("Platform", "Reactor", ["CLinux", collections]),
        module("Platform", "Digesting", ["COpenSSL"]),
        module("Platform", "Telemetry", ["Reactor", logging]),
        module("Platform", "Settings", [toml]),
        module(
            "Platform",
            "HTTPServing",
            ["Reactor", "CLinux", "COpenSSL", httpTypes, logging]
        ),
        module(
            "Platform",
            "HTTPFetching",
            ["Reactor", "CCurl", "COpenSSL", httpTypes, collections, logging]
        ),

        module("Domain", "PrecacheModel"),
        module("Domain", "PrecacheAPI", ["PrecacheModel"]),
        module("Domain", "APIDocuments", ["CAPIDocuments"]),

        module("Service", "Store", ["PrecacheModel"]),
        module("Service", "StoreSQLite", ["PrecacheModel", "Store", grdb]),
        module(
            "Service",
            "Identity",
            ["PrecacheModel", "PrecacheAPI", "HTTPFetching", "Digesting", httpTypes]
        ),
        module(
            "Service",
            "ImageService",
            ["PrecacheModel", "PrecacheAPI", "HTTPFetching", httpTypes]
        ),
        module("Service", "FanOut", ["PrecacheModel", "Telemetry", collections, logging]),
        module(
            "Service",
            "AgentLink",
            ["PrecacheModel", "PrecacheAPI", "HTTPFetching", "FanOut", "Telemetry", httpTypes, logging]
        ),
        module(
            "Service",
            "Outbox",
            ["PrecacheModel", "PrecacheAPI", "HTTPFetching", "Digesting", "Telemetry", httpTypes, logging]
        ),
        module(
            "Service",
            "ServiceAPI",
            ["HTTPServing", "APIDocuments", "PrecacheAPI", "PrecacheModel", "Telemetry", httpTypes, logging]
        ),
        module(
            "Service",
            "NovaAPI",
            ["HTTPServing", "PrecacheAPI", "PrecacheModel", "Telemetry", httpTypes, logging],
            // Swift 6.3.1's optimizer crashes, or never ends, while it splits this module's handlers.
            settings: [.unsafeFlags(["-Onone"], .when(configuration: .release))]
        ),
        module(
            "Service",
            "ServiceApp",
            [
                "Reactor", "Digesting", "Telemetry", "Settings", "HTTPServing", "HTTPFetching",
                "PrecacheModel",
                "PrecacheAPI", "Store", "StoreSQLite", "Identity", "ImageService", "FanOut", "AgentLink",
                "Outbox", "ServiceAPI", "NovaAPI", lifecycle, unixSignals, logging, httpTypes,
            ]
        ),
        program("Service", "precached", ["ServiceApp", argumentParser]),

        module("Agent", "ImageInspection"),
        module("Agent", "ImageConversion", ["ImageInspection", subprocess, systemPackage]),
        module("Agent", "InstanceUsage", ["ImageInspection"]),
        module(
            "Agent",
            "ImageCache",
            [
                "InstanceUsage", "ImageInspection", "ImageConversion", "PrecacheModel", "Digesting",
                "Reactor",
                "CLinux", "Telemetry", logging,
            ]
        ),
        module(
            "Agent",
            "PullWork",
            [
                "ImageCache", "CLinux", "HTTPFetching", "Reactor", "PrecacheModel", "Telemetry", httpTypes,
                logging,
                collections,
            ]
        ),
        module(
            "Agent",
            "AgentAPI",
            [
                "HTTPServing", "PullWork", "ImageCache", "InstanceUsage", "Digesting", "APIDocuments",
                "PrecacheAPI",
                "PrecacheModel", "Telemetry", httpTypes, logging,
            ]
        ),
        module(
            "Agent",
            "AgentApp",
            [
                "CLinux", "Reactor", "Digesting", "Telemetry", "Settings", "HTTPServing", "HTTPFetching",
                "PrecacheModel",
                "PrecacheAPI", "ImageCache", "ImageConversion", "PullWork", "AgentAPI", unixSignals, logging,
                httpTypes,
            ]
        ),
        program("Agent", "precache-agent", ["AgentApp", argumentParser]),

        module(
            "CLI",
            "PrecacheClient",
            ["PrecacheAPI", "PrecacheModel", "HTTPFetching", "Reactor", httpTypes]
        ),
        module(
            "CLI",
            "PrecacheCommands",
            [
                "PrecacheClient", "PrecacheAPI", "PrecacheModel", "HTTPFetching", "Reactor", "Digesting",
                argumentParser, httpTypes, yaml,
            ]
        ),
        program("CLI", "precache", ["PrecacheCommands"]),

        module(
            "Tools",
            "FleetSimulator",
            [
                "Reactor", "HTTPServing", "HTTPFetching", "Digesting", "PrecacheAPI", "PrecacheModel",
                httpTypes, logging,
            ]
        ),
        module("Tools", "LoadGeneration", ["Reactor", "HTTPFetching", httpTypes, histogram]),
        program(
            "Tools",
            "precache-bench",
            [
                "FleetSimulator", "LoadGeneration", "HTTPServing", "HTTPFetching", "Reactor",
                "PrecacheModel", "Telemetry", argumentParser, unixSignals, logging,
            ]
        ),

        .target(
            name: "FetchTestSupport",
            dependencies: ["HTTPFetching", "Reactor", "CCurl"],
            path: "Tests/FetchTestSupport",
            swiftSettings: strict
        ),
        .target(name: "AgentTestSupport", path: "Tests/AgentTestSupport", swiftSettings: strict),
        tests("ReactorTests", ["Reactor", "CLinux"]),
        tests("DigestingTests", ["Digesting"]),
        tests("TelemetryTests", ["Telemetry", logging]),
        tests("SettingsTests", ["Settings"]),
        tests(
            "HTTPServingTests",
            ["HTTPServing", "Reactor", "CLinux", "COpenSSL", httpTypes, collections, logging]
        ),
        tests("HTTPFetchingTests", ["HTTPFetching", "FetchTestSupport", "Reactor", httpTypes, logging]),
        tests("PrecacheModelTests", ["PrecacheModel"]),
        tests("PrecacheAPITests", ["PrecacheAPI", "PrecacheModel"]),
        tests("StoreTests", ["Store", "StoreSQLite", "PrecacheModel", grdb]),
        tests(
            "IdentityTests",
            [
                "Identity", "FetchTestSupport", "PrecacheModel", "PrecacheAPI", "HTTPFetching", "Digesting",
                httpTypes,
            ]
        ),
        tests(
            "ImageServiceTests",
            [
                "ImageService", "FetchTestSupport", "PrecacheModel", "PrecacheAPI", "HTTPFetching", httpTypes,
            ]
        ),
        tests("FanOutTests", ["FanOut", "PrecacheModel", "Telemetry", collections, logging]),
        tests(
            "OutboxTests",
            [
                "Outbox", "FetchTestSupport", "PrecacheModel", "PrecacheAPI", "HTTPFetching", "Digesting",
                "Telemetry", httpTypes, logging,
            ]
        ),
        tests(
            "AgentLinkTests",
            [
                "AgentLink", "FetchTestSupport", "PrecacheModel", "PrecacheAPI", "HTTPFetching", "FanOut",
                httpTypes, logging,
            ]
        ),
        tests(
            "ServiceAPITests",
            [
                "ServiceAPI", "HTTPServing", "Reactor", "PrecacheAPI", "PrecacheModel", "Telemetry",
                httpTypes, logging,
            ]
        ),
        tests(
            "ImageConversionTests",
            ["ImageConversion", "ImageInspection", "AgentTestSupport", "FetchTestSupport"]
        ),
        tests("ImageInspectionTests", ["ImageInspection", "AgentTestSupport", "FetchTestSupport"]),
        tests("InstanceUsageTests", ["InstanceUsage", "AgentTestSupport", "FetchTestSupport"]),
        tests(
            "ImageCacheTests",
            [
                "ImageCache", "ImageInspection", "InstanceUsage", "PrecacheModel", "Digesting", "Reactor",
                "Telemetry", logging,
            ]
        ),
        tests(
            "NovaAPITests",
            ["NovaAPI", "HTTPServing", "PrecacheAPI", "PrecacheModel", httpTypes, logging]
        ),
        tests(
            "PullWorkTests",
            [
                "PullWork", "ImageCache", "HTTPFetching", "Reactor", "PrecacheModel", "Digesting",
                "Telemetry", "AgentTestSupport", httpTypes, logging,
            ]
        ),
        tests(
            "AgentAPITests",
            [
                "AgentAPI", "AgentTestSupport", "PullWork", "ImageCache", "HTTPServing", "HTTPFetching",
                "Reactor", "PrecacheAPI", "PrecacheModel", "Telemetry", httpTypes, logging,
            ]
        ),
        tests(
            "AgentAppTests",
            [
                "AgentApp", "ImageCache", "HTTPServing", "Settings", "HTTPFetching", "Reactor",
                "AgentTestSupport", httpTypes,
            ]
        ),
        tests(
            "FleetSimulatorTests",
            [
                "FleetSimulator", "FetchTestSupport", "HTTPServing", "HTTPFetching", "Reactor", "PrecacheAPI",
                "PrecacheModel", httpTypes, logging,
            ]
        ),
        tests("LoadGenerationTests", ["LoadGeneration"]),
        tests("PrecacheClientTests", ["PrecacheClient", "PrecacheAPI", "PrecacheModel", httpTypes]),
        tests(
            "PrecacheCLITests",
            [
                "PrecacheCommands", "PrecacheClient", "PrecacheAPI", "PrecacheModel", "Reactor",
                "FetchTestSupport", httpTypes,
            ]
        ),
    ]
)
