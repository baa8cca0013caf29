package import Logging
import Synchronization

/// Keeps a cache clean beside a running compute service: removes what is old and unused, makes room, and reads what is
/// there again.
package final class CacheUpkeep: Sendable {
    let cache: ImageCache
    let parts: UpkeepParts
    private let recent = Mutex<CacheUse?>(nil)
    private let last = Mutex<SweepSummary?>(nil)
    /// That a sweep is wanted before its time.
    private let (wishes, wish) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// How long a look at who uses what is good enough to be shown; nothing is removed by it alone.
    private static let freshness: Int64 = 10_000_000

    /// Puts the upkeep of a cache together; ``run()`` begins it.
    ///
    /// Blocks while it reads a few small files.
    ///
    /// - Parameters:
    ///   - cache: The cache; its configuration says where Nova's instances are.
    ///   - configuration: How the cache is kept.
    ///   - metrics: Where it shows.
    ///   - logger: Told of each removal and of what stands in the way.
    /// - Throws: ``CacheError`` if the cache directory can't be looked at.
    package init(
        cache: ImageCache,
        configuration: UpkeepConfiguration,
        metrics: UpkeepMetrics,
        logger: Logger
    ) throws(CacheError) {
        self.cache = cache
        RenewalBook(layout: cache.layout, state: cache.state).refresh()
        parts = UpkeepParts(
            layout: cache.layout,
            state: cache.state,
            lanes: cache.lanes,
            scanner: try UsageScanner(
                layout: cache.layout,
                instances: cache.configuration.instances,
                asksProcesses: configuration.asksProcesses
            ),
            locks: cache.locks,
            oldAge: cache.configuration.novasOldAge,
            configuration: configuration,
            clock: ClockWatch(.now()),
            removals: RemovalLog(cache.layout),
            given: cache.given,
            metrics: metrics,
            logger: logger
        )
        if let record = cache.unreadableLeases {
            logger.warning(
                "the leases can't be read and were moved aside; until the service tells them anew nothing is kept for its policies",
                metadata: ["cause": "\(record.cause)", "moved_to": "\(record.place)"]
            )
        }
        for record in cache.unreadable {
            logger.warning(
                "a record can't be read and was moved aside; its file may be pinned and stays for the minimum age",
                metadata: [
                    "record": "\(record.name)", "cause": "\(record.cause)", "moved_to": "\(record.place)",
                    "minimum_age_seconds": "\(configuration.unusedMinimumAge.components.seconds)",
                ]
            )
        }
    }

    /// Sweeps and scrubs until the task is cancelled.
    ///
    /// The first sweep comes within a minute; then one an interval, up to a tenth earlier so that a fleet spreads out.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.sweeps() }
            group.addTask { for await _ in self.wishes { await self.sweep() } }
            group.addTask { await self.pins.run() }
            group.addTask { await Scrubber(parts: self.parts).run() }
        }
    }

    /// Who keeps pinned files.
    private var pins: PinKeeper {
        PinKeeper(parts, novaMinimumAge: cache.configuration.novaMinimumAge)
    }

    private func sweeps() async {
        let interval = parts.configuration.sweepInterval
        var wait = min(interval, .seconds(60)) * Double.random(in: 0.5...1)
        while (try? await Task.sleep(for: wait)) != nil {
            await sweep()
            wait = interval * Double.random(in: 0.9...1)
        }
    }

    /// Sweeps now.
    ///
    /// - Parameter dryRun: Whether only to look and tell.
    /// - Returns: What it came to; `failure` says what stopped it.
    @discardableResult
    package func sweep(dryRun: Bool = false) async -> SweepSummary {
        let summary = await CacheSweep(parts: parts).run(dryRun: dryRun)
        guard !dryRun else { return summary }
        await pins.round()
        last.withLock { $0 = summary }
        recent.withLock { $0 = nil }
        parts.metrics.note(summary)
        log(summary)
        return summary
    }

    /// Has ``run()`` sweep at once.
    func sweepSoon() { wish.yield() }

    /// What the last sweep came to; nil before the first.
    var lastSweep: SweepSummary? { last.withLock { $0 } }

    /// Who uses what, as found a few seconds ago at most.
    func look() async throws(CacheError) -> CacheUse {
        let now = ImageCache.now()
        if let use = recent.withLock({ $0 }), (0..<Self.freshness).contains(now - use.at) { return use }
        return try await lookAnew()
    }

    /// Who uses what now.
    func lookAnew() async throws(CacheError) -> CacheUse {
        let use = try await parts.look()
        recent.withLock { $0 = use }
        return use
    }

    private func log(_ summary: SweepSummary) {
        let logger = parts.logger
        if let failure = summary.failure {
            logger.error("the sweep failed", metadata: ["error": "\(failure)"])
        }
        if summary.problems > 0 {
            logger.error(
                "it can't be told what is in use, so nothing is removed; mend or remove these",
                metadata: [
                    "problems": "\(summary.problems)",
                    "examples": "\(summary.problemExamples.joined(separator: "; "))",
                ]
            )
        }
        let isNews = summary.removed > 0 || summary.problems > 0 || summary.failure != nil
        logger.log(
            level: isNews ? .info : .debug,
            "swept",
            metadata: [
                "files": "\(summary.files)", "removed": "\(summary.removed)",
                "removed_bytes": "\(summary.removedBytes)", "in_use": "\(summary.kept[.inUse] ?? 0)",
                "pinned": "\(summary.kept[.pinned] ?? 0)", "leased": "\(summary.kept[.leased] ?? 0)",
                "unknown": "\(summary.unknown)",
                "disks": "\(summary.disks)", "header_bytes": "\(summary.headerBytes)",
                "seconds": "\(summary.duration / .seconds(1))",
            ]
        )
    }
}
