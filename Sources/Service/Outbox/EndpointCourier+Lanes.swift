import Logging
import PrecacheModel

/// One job's way to the endpoint.
extension EndpointCourier {
    /// Events that are read at once.
    private static let pageSize = 64
    /// How long to wait when the database doesn't answer.
    private static let storePause = Duration.seconds(1)

    /// Delivers what a job has, in order, until there is no more or something is in the way.
    func deliver(_ job: JobID) async -> LaneEnd {
        do throws(StoreError) {
            guard var lane = try await lane(of: job) else { return .gone }
            defer { lane.ahead = [] }
            while !Task.isCancelled {
                if lane.generation != generation {
                    // An operator changed the webhook: what waits takes the new shape, if it's still wanted.
                    lane.ahead = []
                    guard let fresh = try await self.lane(of: job) else { return .gone }
                    lane = fresh
                }
                if let notice = lane.pending {
                    if let end = try await advance(lane, over: notice) { return end }
                } else if let end = try await readOn(lane) {
                    return end
                }
            }
            return .held
        } catch {
            if error.code == .notFound { return .gone }
            return .rests(Self.storePause)
        }
    }

    /// Gets over a notice: delivered, given up, or not yet.
    private func advance(_ lane: JobLane, over notice: Notice) async throws(StoreError) -> LaneEnd? {
        let now = environment.now()
        let timeLeft = notice.event.at + environment.configuration.patience - now
        if timeLeft <= .zero {
            drop(notice, of: lane, at: now)
            return nil
        }
        if isPaused { return .held }
        if let quietUntil, quietUntil > now { return .rests(min(quietUntil - now, timeLeft)) }
        guard let delivery = try await writer.delivery(notice, job: lane.job) else { return .gone }
        let result = await environment.sender.send(delivery, to: target)
        // What a stop interrupts is no failure of the endpoint.
        if Task.isCancelled && !result.isDelivered { return .held }
        environment.metrics.count(result, of: target.entry.name)
        guard result.isDelivered else { return fail(lane, result, timeLeft: timeLeft) }
        noteSuccess()
        progress.delivered += 1
        pass(lane, notice.event)
        return nil
    }

    /// Takes the next event; something says that there is none.
    private func readOn(_ lane: JobLane) async throws(StoreError) -> LaneEnd? {
        guard let event = lane.ahead.popFirst() else {
            let page = try await environment.store.events(
                of: lane.job.id,
                after: lane.cursor,
                limit: Self.pageSize
            )
            guard page.isEmpty else {
                lane.ahead = page[...]
                return nil
            }
            return lane.hasEnded ? .gone : .caughtUp
        }
        if event.type == .finished { lane.hasEnded = true }
        lane.pending = lane.shaper.take(event)
        if lane.pending == nil { pass(lane, event) }
        return nil
    }

    private func pass(_ lane: JobLane, _ event: EventRecord) {
        lane.pending = nil
        lane.failures = 0
        lane.cursor = event.id
        progress.cursors[lane.job.id] = event.id
        writeSoon()
    }

    private func drop(_ notice: Notice, of lane: JobLane, at now: Timestamp) {
        environment.metrics.countDropped(of: target.entry.name)
        progress.dropped += 1
        environment.logger.warning(
            "a webhook's event was given up, its time was over",
            metadata: [
                "webhook": "\(target.entry.name)", "job": "\(lane.job.id)", "event": "\(notice.event.id)",
                "type": "\(notice.event.type.rawValue)",
            ]
        )
        pass(lane, notice.event)
        pauseIfBroken(at: now)
    }

    private func fail(_ lane: JobLane, _ result: DeliveryResult, timeLeft: Duration) -> LaneEnd {
        lane.failures += 1
        let now = environment.now()
        let detail = result.detail ?? "the endpoint did not answer"
        noteFailure(detail, at: now)
        if result.isGone {
            pause("the endpoint answered 410: it says that it's gone for good", at: now)
        } else {
            pauseIfBroken(at: now)
        }
        if isPaused { return .held }
        if let wait = result.retryAfter, wait > .zero {
            quietUntil = max(quietUntil ?? now, now + min(wait, environment.configuration.patience))
        }
        let delay = Backoff.delay(after: lane.failures, random: environment.random())
        return .rests(min(max(delay, quietUntil.map { $0 - now } ?? .zero), timeLeft))
    }

    /// Where the endpoint is in a job; nil if it doesn't want to hear of it, or it is gone.
    private func lane(of id: JobID) async throws(StoreError) -> JobLane? {
        if let known = lanes[id], known.generation == generation { return known }
        let (generation, entry) = (generation, target.entry)
        guard let job = try await environment.store.job(id), entry.wants(job.aggregate),
            let cursor = try await environment.store.cursor(of: target.id, in: id)
        else { return nil }
        // Only in a job that retries another do hosts have some of its images.
        let expected =
            entry.format == .nova && job.retryOf != nil
            ? try await environment.store.imagesPerHost(of: id) : [:]
        var shaper = NoticeShaper(entry, job: job, expected: expected)
        // What this courier has done may not be written down yet.
        let reached = max(cursor, lanes[id]?.cursor ?? 0, progress.cursors[id] ?? 0)
        if shaper.needsHistory { try await recall(id, upTo: reached, &shaper) }
        let lane = JobLane(job: job, generation: generation, cursor: reached, shaper: shaper)
        lanes[id] = lane
        return lane
    }

    /// Shows a shaper the events that need no delivery any more.
    private func recall(
        _ job: JobID,
        upTo last: Int64,
        _ shaper: inout NoticeShaper
    ) async throws(StoreError) {
        var reached: Int64 = 0
        while reached < last {
            let page = try await environment.store.events(of: job, after: reached, limit: 1_000)
            guard let end = page.last else { return }
            for event in page where event.id <= last { _ = shaper.take(event) }
            reached = end.id
        }
    }
}

/// Where an endpoint is in one job.
///
/// Touched by the endpoint's courier alone, and by one delivery of it at a time.
final class JobLane {
    let job: JobRecord
    /// The courier's generation when this was opened: an older one no longer fits the webhook's entry.
    let generation: Int
    /// The last event that needs no delivery.
    var cursor: Int64
    /// Has taken the events up to the pending one.
    var shaper: NoticeShaper
    /// What is to be delivered next, kept while it fails, so that the shaper takes its event once.
    var pending: Notice?
    /// Events that have been read ahead.
    var ahead: ArraySlice<EventRecord> = []
    /// Tries of the pending notice that have failed.
    var failures = 0
    /// Whether the job's last event has been taken.
    var hasEnded = false

    init(job: JobRecord, generation: Int, cursor: Int64, shaper: NoticeShaper) {
        self.job = job
        self.generation = generation
        self.cursor = cursor
        self.shaper = shaper
    }
}

/// Why a job isn't being delivered any more for now.
enum LaneEnd: Sendable {
    /// There is nothing more yet.
    case caughtUp
    /// There will never be anything more: the job has ended or is gone, or isn't wanted.
    case gone
    /// The endpoint is paused.
    case held
    /// It is to be looked at again after this time.
    case rests(Duration)
}

/// How long to wait before the next try: doubling from a second to ten minutes, half of it left to chance.
enum Backoff {
    static let longest = Duration.seconds(600)

    /// - Parameters:
    ///   - failures: How many tries in a row have failed, from 1.
    ///   - random: From 0 to 1.
    /// - Returns: Between half of the doubled time and all of it.
    static func delay(after failures: Int, random: Double) -> Duration {
        let doublings = min(max(0, failures - 1), 16)
        let whole = min(Duration.seconds(1 << doublings), longest)
        return whole / 2 + whole / 2 * min(max(random, 0), 1)
    }
}
