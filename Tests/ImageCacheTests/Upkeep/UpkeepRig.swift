import Glibc
import Logging
import Telemetry

@testable import ImageCache

/// A cache with its upkeep, without instances.
struct UpkeepRig {
    let folder: CacheFolder
    let cache: ImageCache
    let upkeep: CacheUpkeep
    let metrics = MetricsRegistry()

    init(_ configuration: UpkeepConfiguration, in folder: CacheFolder? = nil) throws {
        self.folder = try folder ?? CacheFolder()
        cache = try self.folder.open()
        upkeep = try CacheUpkeep(
            cache: cache,
            configuration: configuration,
            metrics: UpkeepMetrics(metrics),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    static let atOnce = UpkeepConfiguration(unusedMinimumAge: .zero, scrubInterval: nil)
}
