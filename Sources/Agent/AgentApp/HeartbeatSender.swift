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

    /// The most bytes of an answer, and the most that is read on the loop itself.
    private static let (answerBytes, bytesAtOnce) = (8 << 20, 256 << 10)

    /// Sends heartbeats until the task is cancelled.
    ///
    /// The first comes at once; then one an interval, up to a tenth earlier so that a fleet that started together spreads out.
    /// While the service doesn't answer the time doubles once: a service that comes back waits three intervals before it
    /// takes silence for a host that is down.
    func run() async {
        var failures = 0
        var memory = HeartbeatMemory()
        while !Task.isCancelled {
            if let failure = await send(&memory) {
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
    private func send(_ memory: inout HeartbeatMemory) async -> String? {
        do {
            // Only a list that was left out is asked for: the second ends it.
            while try await beat(&memory) {}
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Sends once; answers whether the service wants the list of images at once.
    private func beat(_ memory: inout HeartbeatMemory) async throws -> Bool {
        var beat = try await heartbeat()
        memory.fit(&beat, leasesMark: upkeep?.leasesMark)
        var request = FetchRequest(
            method: .put,
            url: "\(options.url.trimmingSlashes)/v1/hosts/\(host.text)/heartbeat",
            headers: [.contentType: "application/json"],
            body: beat.body(),
            timeouts: FetchTimeouts(connect: .seconds(5), idle: .seconds(10), total: .seconds(15)),
            redirects: 0,
            tls: options.tls
        )
        if let token = options.token { request.headers[.authorization] = "Bearer \(token)" }
        let response = try await fetcher.fetch(request)
        guard response.status.kind == .successful else {
            let words = ProblemWords.read((try? await response.body.collect(upTo: 4_096)) ?? [])
            // One that is older than the one before takes no marks.
            if response.status == .badRequest { memory = HeartbeatMemory() }
            throw HeartbeatFailure(
                "the service answered \(response.status.code)" + (words.isEmpty ? "" : ": \(words)")
            )
        }
        guard response.status == .ok else { return memory.note(nil, to: beat) }
        let answer = try await Self.answer(response.body.collect(upTo: Self.answerBytes))
        // Without a word of what is held, "nothing new" says nothing of it.
        if answer.leases != nil || beat.leasesMark != nil { await take(answer.leases) }
        return memory.note(answer, to: beat)
    }

    private static func answer(_ body: [UInt8]) async throws -> HeartbeatAnswer {
        // A large one takes a while: downloads wait on the loop.
        if body.count > bytesAtOnce { return try await Task.detached { try read(body) }.value }
        return try read(body)
    }

    private static func read(_ body: [UInt8]) throws -> HeartbeatAnswer {
        var problems = InputProblems()
        if let answer = HeartbeatAnswer(try JSONParser.parse(body), &problems) { return answer }
        let fault = problems.list.first.map { "\($0.field) \($0.message)" }
        throw HeartbeatFailure("the service's answer isn't understood: \(fault ?? "")")
    }

    private func take(_ leases: LeaseSet?) async {
        guard let upkeep else { return }
        if let leases {
            logger.info(
                "the service says anew what is to be kept here",
                metadata: [
                    "images": "\(leases.leases.count)", "to_remove": "\(leases.removals.count)",
                    "seconds": "\(leases.duration.components.seconds)",
                ]
            )
        }
        do throws(CacheError) {
            try await upkeep.take(leases)
        } catch {
            logger.warning(
                "leases can't be written down, and a restart would forget them",
                metadata: ["error": "\(error)"]
            )
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
            images: images.map {
                HeartbeatImage(
                    id: $0.id,
                    sizeBytes: $0.sizeBytes,
                    isVerified: $0.isVerified,
                    isDamaged: $0.isDamaged
                )
            }
        )
    }
}

/// Why a heartbeat wasn't taken, for the log.
private struct HeartbeatFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension String {
    /// Without slashes at its end.
    fileprivate var trimmingSlashes: Substring {
        var rest = self[...]
        while rest.last == "/" { rest.removeLast() }
        return rest
    }
}
