import HTTPFetching
import HTTPTypes
import ImageCache
import Logging
import PrecacheAPI
import PrecacheModel
import PullWork
import Reactor
import Telemetry

/// Tells the service at intervals that the host is alive, what room it has and what it holds.
struct HeartbeatSender: Sendable {
    let options: HeartbeatOptions
    let host: HostName
    let fetcher: HTTPFetcher
    let loop: EventLoop
    /// Nil where the host's storage needs no cache: then all figures are 0.
    let cache: ImageCache?
    let upkeep: CacheUpkeep?
    let desk: TaskDesk
    /// What this agent can do beyond what every one can.
    let capabilities: @Sendable () -> [String]
    let sent: Counter
    let logger: Logger
    let startedAt = Timestamp.now()

    /// The most images that one heartbeat lists.
    private static let listed = 1_000

    /// Sends heartbeats until the task is cancelled.
    ///
    /// The first comes at once; then one an interval, up to a tenth earlier so that a fleet that started together spreads out.
    /// While the service doesn't answer the time doubles once: a service that comes back waits three intervals before it
    /// takes silence for a host that is down.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            if let failure = await send() {
                // The stop's doing.
                guard !Task.isCancelled else { return }
                failures += 1
                sent.increment("failed")
                // The first, and then ever more rarely.
                if failures & (failures - 1) == 0 {
                    logger.warning(
                        "heartbeat failed",
                        metadata: ["failures": "\(failures)", "error": "\(failure)"]
                    )
                }
            } else {
                if failures > 0 { logger.notice("heartbeats are taken again") }
                failures = 0
                sent.increment("ok")
            }
            let wait = Self.pause(options.interval, after: failures)
            guard (try? await loop.sleep(for: wait)) != nil else { return }
        }
    }

    /// The time to the next heartbeat.
    static func pause(_ interval: Duration, after failures: Int) -> Duration {
        interval * (failures < 2 ? 1 : 2) * Double.random(in: 0.9...1)
    }

    /// One heartbeat; nil if it was taken, else what went wrong.
    private func send() async -> String? {
        do {
            var request = FetchRequest(
                method: .put,
                url: "\(options.url.trimmingSlashes)/v1/hosts/\(host.text)/heartbeat",
                headers: [.contentType: "application/json"],
                body: try await heartbeat().body(),
                timeouts: FetchTimeouts(connect: .seconds(5), idle: .seconds(10), total: .seconds(15)),
                redirects: 0,
                tls: options.tls
            )
            if let token = options.token { request.headers[.authorization] = "Bearer \(token)" }
            let response = try await fetcher.fetch(request)
            if response.status.kind == .successful { return nil }
            let words = ProblemWords.read((try? await response.body.collect(upTo: 4_096)) ?? [])
            return "the service answered \(response.status.code)" + (words.isEmpty ? "" : ": \(words)")
        } catch {
            return "\(error)"
        }
    }

    private func heartbeat() async throws -> HeartbeatRecord {
        let images = try await cache?.images() ?? []
        let space = try await cache?.space() ?? DiskSpace(totalBytes: 0, freeBytes: 0)
        return HeartbeatRecord(
            receivedAt: .now(),
            interval: options.interval,
            version: precacheVersion,
            startedAt: startedAt,
            diskTotalBytes: space.totalBytes,
            diskFreeBytes: space.freeBytes,
            cacheImages: images.count,
            cacheBytes: images.reduce(0) { $0 + $1.sizeBytes },
            cacheDamaged: try await upkeep?.damagedFiles() ?? 0,
            tasks: await desk.runningTasks,
            capabilities: capabilities(),
            images: images.prefix(Self.listed).map {
                HeartbeatImage(id: $0.id, sizeBytes: $0.sizeBytes, isVerified: $0.isVerified)
            }
        )
    }
}

extension String {
    /// Without slashes at its end.
    fileprivate var trimmingSlashes: Substring {
        var rest = self[...]
        while rest.last == "/" { rest.removeLast() }
        return rest
    }
}
