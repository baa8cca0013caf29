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
let bits = Target.Dependency.product(name: "BitCollections", package: "swift-collections")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
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
        system("CPostgres", linking: ["pq"]),
        system("CAPIDocuments"),
        system("CPage"),

        module("Platform", "TextForms"),
        module("Platform", "Reactor", ["CLinux", collections]),
        module("Platform", "Digesting", ["TextForms", "COpenSSL"]),
        module("Platform", "Telemetry", ["TextForms", "Reactor", logging]),
        module("Platform", "Settings", ["TextForms", toml]),
        module("Platform", "ProgramKit", ["Settings", "Telemetry", "TextForms", logging, unixSignals]),
        module(
            "Platform",
            "HTTPServing",
            ["TextForms", "Reactor", "CLinux", "COpenSSL", httpTypes, logging]
        ),
        module(
            "Platform",
            "HTTPFetching",
            ["Reactor", "CCurl", "COpenSSL", httpTypes, collections, logging]
        ),

        module("Domain", "PrecacheModel", ["TextForms"]),
        module("Domain", "PrecacheAPI", ["PrecacheModel", "TextForms", "Digesting"]),
        module("Domain", "APIDocuments", ["CAPIDocuments"]),
        module(
            "Domain",
            "HTTPDoor",
            ["HTTPServing", "PrecacheAPI", "PrecacheModel", "Telemetry", httpTypes, logging]
        ),

        module("Service", "Coverage", ["PrecacheModel", bits]),
        module("Service", "Policies", ["PrecacheModel", "TextForms", bits]),
        module("Service", "Store", ["Coverage", "PrecacheModel", "TextForms"]),
        module("Service", "StoreSQLite", ["PrecacheModel", "Store", grdb]),
        module("Service", "StorePostgres", ["PrecacheModel", "Reactor", "Store", "CLinux", "CPostgres"]),
        module(
            "Service",
            "Identity",
            ["PrecacheModel", "PrecacheAPI", "HTTPFetching", "HTTPDoor", "Digesting", httpTypes, "TextForms"]
        ),
        module(
            "Service",
            "ImageService",
            ["PrecacheModel", "PrecacheAPI", "HTTPFetching", "TextForms", httpTypes]
        ),
        module("Service", "FanOut", ["PrecacheModel", "Telemetry", collections, logging]),
        module(
            "Service",
            "AgentLink",
            ["PrecacheModel", "PrecacheAPI", "HTTPDoor", "HTTPFetching", "FanOut", httpTypes, logging]
        ),
        module(
            "Service",
            "Outbox",
            [
                "PrecacheModel", "PrecacheAPI", "HTTPFetching", "Digesting", "TextForms", "Telemetry",
                httpTypes, logging,
            ]
        ),
        module("Service", "WebPage", ["CPage"]),
        module(
            "Service",
            "ServiceAPI",
            [
                "Coverage", "HTTPDoor", "HTTPServing", "APIDocuments", "PrecacheAPI", "PrecacheModel",
                "Telemetry", "TextForms", "WebPage", httpTypes, logging,
            ]
        ),
        module(
            "Service",
            "NovaAPI",
            ["HTTPDoor", "HTTPServing", "PrecacheAPI", "PrecacheModel", httpTypes, logging]
        ),
        module(
            "Service",
            "ServiceApp",
            [
                "Reactor", "Digesting", "Telemetry", "Settings", "ProgramKit", "HTTPServing", "HTTPFetching",
                "TextForms",
                "PrecacheModel", "PrecacheAPI",
                "HTTPDoor", "Store", "StoreSQLite", "StorePostgres", "Identity", "ImageService", "FanOut",
                "AgentLink", "Outbox", "ServiceAPI", "NovaAPI", "Coverage", "Policies", bits, logging,
            ]
        ),
        program("Service", "precached", ["ServiceApp", "ProgramKit", "PrecacheModel", argumentParser]),

        module("Agent", "ImageInspection"),
        module("Agent", "ImageConversion", ["ImageInspection", subprocess, systemPackage]),
        module("Agent", "InstanceUsage", ["ImageInspection"]),
        module(
            "Agent",
            "ImageCache",
            [
                "InstanceUsage", "ImageInspection", "ImageConversion", "PrecacheAPI", "PrecacheModel",
                "Digesting", "Reactor",
                "CLinux", "Telemetry", "TextForms", logging,
            ]
        ),
        module("Agent", "PieceExchange"),
        module(
            "Agent",
            "PullWork",
            [
                "ImageCache", "PieceExchange", "CLinux", "HTTPFetching", "Reactor", "PrecacheModel",
                "PrecacheAPI",
                "Digesting", "TextForms", "Telemetry", httpTypes, logging, collections,
            ]
        ),
        module(
            "Agent",
            "AgentAPI",
            [
                "HTTPDoor", "HTTPServing", "PullWork", "ImageCache", "InstanceUsage", "Digesting",
                "APIDocuments", "PrecacheAPI", "PrecacheModel", "Telemetry", httpTypes, logging,
            ]
        ),
        module(
            "Agent",
            "AgentApp",
            [
                "Reactor", "Telemetry", "Settings", "ProgramKit", "HTTPServing", "HTTPFetching",
                "PrecacheModel", "PrecacheAPI", "HTTPDoor", "ImageCache", "ImageConversion", "PullWork",
                "AgentAPI", logging, httpTypes,
            ]
        ),
        program("Agent", "precache-agent", ["AgentApp", "ProgramKit", "PrecacheModel", argumentParser]),

        module(
            "CLI",
            "PrecacheClient",
            ["PrecacheAPI", "PrecacheModel", "HTTPFetching", httpTypes]
        ),
        module(
            "CLI",
            "PrecacheCommands",
            [
                "PrecacheClient", "PrecacheModel", "HTTPFetching", "Reactor", "Digesting", "TextForms",
                argumentParser, yaml,
            ]
        ),
        program("CLI", "precache", ["PrecacheCommands"]),

        module(
            "Tools",
            "FleetSimulator",
            [
                "Reactor", "HTTPDoor", "HTTPServing", "Digesting", "PrecacheAPI", "PrecacheModel", httpTypes,
                logging,
            ]
        ),
        module("Tools", "DistributionModel", ["FanOut", "PieceExchange", "PrecacheModel"]),
        module("Tools", "LoadGeneration", ["Reactor", "HTTPFetching", httpTypes, histogram]),
        program(
            "Tools",
            "precache-bench",
            [
                "FleetSimulator", "LoadGeneration", "DistributionModel", "HTTPServing", "HTTPFetching",
                "Coverage", "Policies", "Reactor",
                "PrecacheModel", "Telemetry", argumentParser, unixSignals, logging,
            ]
        ),

        .target(
            name: "TestSupport",
            dependencies: ["HTTPFetching", "Reactor", "CCurl", logging],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        tests("ReactorTests", ["Reactor", "CLinux"]),
        tests("TextFormsTests", ["TextForms"]),
        tests("DigestingTests", ["Digesting", "TestSupport", "TextForms"]),
        tests("TelemetryTests", ["Telemetry", "TestSupport", logging]),
        tests("SettingsTests", ["Settings"]),
        tests(
            "HTTPServingTests",
            ["HTTPServing", "Reactor", "CLinux", httpTypes, logging]
        ),
        tests("ProgramKitTests", ["ProgramKit", "Telemetry", logging]),
        tests(
            "HTTPDoorTests",
            [
                "HTTPDoor", "HTTPServing", "Reactor", "PrecacheAPI", "PrecacheModel", "TestSupport",
                httpTypes,
            ]
        ),
        tests("HTTPFetchingTests", ["HTTPFetching", "TestSupport", "Reactor", httpTypes, logging]),
        tests("PrecacheModelTests", ["PrecacheModel", "TestSupport", "TextForms"]),
        tests("PrecacheAPITests", ["PrecacheAPI", "PrecacheModel", "TestSupport"]),
        tests("CoverageTests", ["Coverage", "PrecacheModel", bits]),
        tests("PoliciesTests", ["Policies", "PrecacheModel", "TestSupport", "TextForms", bits]),
        tests(
            "StoreTests",
            [
                "Store", "StoreSQLite", "StorePostgres", "PrecacheModel", "TextForms", "TestSupport", grdb,
            ]
        ),
        tests(
            "IdentityTests",
            ["Identity", "HTTPDoor", "TestSupport", "PrecacheModel", "HTTPFetching"]
        ),
        tests(
            "ImageServiceTests",
            ["ImageService", "TestSupport", "PrecacheModel", "PrecacheAPI", "HTTPFetching"]
        ),
        tests(
            "FanOutTests",
            ["FanOut", "TestSupport", "PrecacheModel", "Telemetry", collections, logging]
        ),
        tests(
            "OutboxTests",
            [
                "Outbox", "TestSupport", "PrecacheModel", "PrecacheAPI", "HTTPFetching", "TextForms",
                "Telemetry", logging,
            ]
        ),
        tests(
            "AgentLinkTests",
            [
                "AgentLink", "TestSupport", "PrecacheModel", "PrecacheAPI", "HTTPFetching", "FanOut",
                logging,
            ]
        ),
        tests(
            "ServiceAppTests",
            [
                "ServiceApp", "HTTPServing", "Settings", "Identity", "PrecacheModel", "FanOut", "Store",
                "Outbox", "HTTPFetching", "Telemetry", "Digesting", "TextForms", "TestSupport", logging,
            ]
        ),
        tests(
            "ServiceAPITests",
            [
                "ServiceAPI", "Coverage", "TestSupport", "HTTPDoor", "HTTPServing", "PrecacheAPI",
                "PrecacheModel", "TextForms", "Telemetry", "WebPage", httpTypes, logging,
            ]
        ),
        tests(
            "ImageConversionTests",
            ["ImageConversion", "ImageInspection", "TestSupport"]
        ),
        tests("ImageInspectionTests", ["ImageInspection", "TestSupport"]),
        tests("InstanceUsageTests", ["InstanceUsage", "TestSupport"]),
        tests(
            "ImageCacheTests",
            [
                "ImageCache", "ImageConversion", "ImageInspection", "InstanceUsage", "PrecacheModel",
                "Digesting",
                "Telemetry", "TestSupport", logging,
            ]
        ),
        tests(
            "NovaAPITests",
            ["NovaAPI", "HTTPServing", "PrecacheAPI", "PrecacheModel", "TestSupport", httpTypes]
        ),
        tests("PieceExchangeTests", ["PieceExchange", "TestSupport"]),
        tests("DistributionModelTests", ["DistributionModel"]),
        tests(
            "PullWorkTests",
            [
                "PullWork", "ImageCache", "HTTPFetching", "Reactor", "PrecacheModel", "PrecacheAPI",
                "PieceExchange", "Digesting", "TextForms", "Telemetry", "TestSupport", httpTypes, logging,
            ]
        ),
        tests(
            "AgentAPITests",
            [
                "AgentAPI", "TestSupport", "PullWork", "ImageCache", "ImageConversion", "HTTPDoor",
                "HTTPServing", "Digesting", "TextForms", "HTTPFetching",
                "Reactor", "PrecacheAPI", "PrecacheModel", "Telemetry", httpTypes, logging,
            ]
        ),
        tests(
            "AgentAppTests",
            [
                "AgentApp", "ImageCache", "PullWork", "HTTPServing", "Settings", "HTTPFetching", "Reactor",
                "PrecacheAPI", "PrecacheModel", "TestSupport", httpTypes,
            ]
        ),
        tests(
            "FleetSimulatorTests",
            [
                "FleetSimulator", "TestSupport", "HTTPFetching", "Reactor", "PrecacheAPI",
                "PrecacheModel", httpTypes, logging,
            ]
        ),
        tests("LoadGenerationTests", ["LoadGeneration"]),
        tests("PrecacheClientTests", ["PrecacheClient", "PrecacheAPI", "PrecacheModel", httpTypes]),
        tests(
            "PrecacheCLITests",
            [
                "PrecacheCommands", "PrecacheClient", "PrecacheAPI", "PrecacheModel", "HTTPFetching",
                "TestSupport", httpTypes, argumentParser,
            ]
        ),
    ]
)

// `deploy/test.sh module FanOut` sets this: the manifest then has that module's tests and what they need, nothing else,
// since one test bundle of all modules takes long to build and to link.
if let module = Context.environment["PRECACHE_TEST_MODULE"] {
    var needed: Set<String> = []
    var found = ["\(module)Tests"]
    while let name = found.popLast() {
        guard needed.insert(name).inserted, let target = package.targets.first(where: { $0.name == name })
        else {
            continue
        }
        for case .byNameItem(let dependency, _) in target.dependencies { found.append(dependency) }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
}
