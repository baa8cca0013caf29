import HTTPServing
import Logging
import PrecacheAPI
import PrecacheModel
import Synchronization

/// Writes events as server-sent events (WHATWG HTML, section 9.2), from after a given one: a job's until its end, or those of
/// all jobs for as long as somebody listens.
struct EventStream: Sendable {
    /// Something is sent after so much silence, so that a dead connection is noticed and a live one is kept.
    static let silence = Duration.seconds(15)
    /// Changes closer together than this are told together; all watchers look at the same moments.
    static let beat = Duration.milliseconds(100)

    let scope: EventScope
    let after: Int64
    let watch: JobWatch
    let pages: EventPages
    /// Whether whoever watches still may.
    let mayWatch: @Sendable () async -> Bool

    func write(to writer: any ResponseWriter) async throws {
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let changes = scope.changes(watch.jobs)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in changes { bell.yield() }
                bell.yield()
                return false
            }
            group.addTask {
                var silent = Duration.zero
                while !Task.isCancelled {
                    try? await Task.sleep(for: JobWatch.look)
                    // The stream just ends: the client comes back for the rest, and is told why at the door.
                    guard await mayWatch() else { return !Task.isCancelled }
                    silent += JobWatch.look
                    guard silent >= Self.silence else { continue }
                    silent = .zero
                    bell.yield()
                }
                return false
            }
            group.addTask { [self] in
                try await events(to: writer, rings: rings)
                return true
            }
            // The listener ends early when the job is pruned; the writer then finds that it is gone.
            while try await group.next() == false {}
            group.cancelAll()
        }
    }

    private func events(to writer: any ResponseWriter, rings: AsyncStream<Void>) async throws {
        var last = after
        var ring = rings.makeAsyncIterator()
        // No empty line: the field is part of the first event's block, for readers that take each block for an event.
        try await writer.write(Array("retry: 2000\n".utf8))
        var written = ContinuousClock.now
        // Who follows all jobs from now on is told at once where that is.
        if case .all = scope { written -= Self.silence }
        var wait = Self.beat / 2
        while !Task.isCancelled {
            // The state is read before the events: an end seen here has its last event in what is read next.
            let isFinal = try await isFinal()
            var batch: EventPages.Batch
            var before: Int64
            repeat {
                try Task.checkCancellation()
                before = last
                batch = try await pages.batch(of: scope, after: last)
                last = batch.last
                if !batch.bytes.isEmpty {
                    try await writer.write(batch.bytes)
                    written = .now
                } else if written.duration(to: .now) >= Self.silence {
                    try await writer.write(sign(of: last))
                    written = .now
                }
            } while batch.hasMore && last > before
            if isFinal { return }
            if batch.hasMore {
                // Somebody is about to write what comes next: a look now and then.
                wait = min(wait * 2, .seconds(1))
                try await Task.sleep(for: wait)
                continue
            }
            wait = Self.beat / 2
            guard await ring.next() != nil else { return }
            try await Task.sleep(until: Self.nextBeat(), clock: .continuous)
        }
    }

    private func isFinal() async throws -> Bool {
        guard case .job(let job) = scope else { return false }
        return try await watch.job(job).state.isFinal
    }

    /// What is sent instead of an event.
    ///
    /// Of all jobs it says how far has been looked: whoever comes back, maybe after events that a filter left out, goes on
    /// from there.
    private func sign(of last: Int64) -> [UInt8] {
        switch scope {
        case .job: Array(": \n".utf8)
        case .all: Array("id: \(last)\n\n".utf8)
        }
    }

    /// The next moment of a grid that all watchers share.
    private static func nextBeat() -> ContinuousClock.Instant {
        let sinceStart = gridStart.duration(to: .now)
        let beats = Int64(sinceStart / beat) + 1
        return gridStart.advanced(by: beat * Int(beats))
    }

    private static let gridStart = ContinuousClock.now
}

/// Whose events.
enum EventScope: Hashable, Sendable {
    case job(JobID)
    case all(EventFilter)

    /// Rings when there may be new ones.
    fileprivate func changes(_ jobs: any JobRecords) -> AsyncStream<Void> {
        switch self {
        case .job(let job): jobs.changes(of: job)
        case .all: jobs.changes()
        }
    }
}

/// Reads events once for all who ask for the same ones at the same time: a thousand watchers of a job, or of all jobs, cost
/// one read a change, whatever each of them leaves out.
final class EventPages: Sendable {
    /// Events of one read, as server-sent events.
    struct Batch: Sendable {
        /// The text; empty if there is nothing new.
        let bytes: [UInt8]
        /// Up to which event all were looked at.
        let last: Int64
        /// Whether there may be more already.
        let hasMore: Bool
    }

    /// Events read at once; a slow reader holds no more than these in memory.
    static let limit = 256
    /// How long the events of all jobs may be held up before that is told, and how often.
    private static let patience = Duration.seconds(60)

    /// Whose events after which; nil is all jobs.
    private struct Key: Hashable {
        let job: JobID?
        let after: Int64
    }

    /// A page with each of its events as a text, and these together for each filter: watchers who want the same share them.
    private final class Rendered: Sendable {
        let page: EventPage
        private let texts: [[UInt8]]
        private let joined = Mutex<[EventFilter: [UInt8]]>([:])

        init(_ page: EventPage, namesJob: Bool) {
            self.page = page
            texts = page.events.map { EventPages.render($0, namesJob: namesJob) }
        }

        func bytes(_ filter: EventFilter) -> [UInt8] {
            joined.withLock { joined in
                if let known = joined[filter] { return known }
                let wanted = zip(page.events, texts).filter { filter.wants($0.0) }
                let bytes = Array(wanted.map(\.1).joined())
                joined[filter] = bytes
                return bytes
            }
        }
    }

    private let reads: SharedReads<Key, Rendered>
    private let looks: SharedReads<Int, EventHorizon>
    private let hold = Mutex<(whole: Int64, toldAt: ContinuousClock.Instant)?>(nil)
    private let jobs: any JobRecords
    private let logger: Logger

    init(jobs: any JobRecords, logger: Logger) {
        (self.jobs, self.logger) = (jobs, logger)
        (reads, looks) = (SharedReads(), SharedReads())
    }

    /// The events after a given one.
    func batch(of scope: EventScope, after: Int64) async throws -> Batch {
        let job: JobID? = if case .job(let job) = scope { job } else { nil }
        let read = try await reads.value(Key(job: job, after: after)) { [self] in
            let page = try await page(of: job, after: after)
            return Rendered(page, namesJob: job == nil)
        }
        let filter = if case .all(let filter) = scope { filter } else { EventFilter() }
        return Batch(bytes: read.bytes(filter), last: read.page.last, hasMore: read.page.hasMore)
    }

    private func page(of job: JobID?, after: Int64) async throws -> EventPage {
        guard let job else {
            let horizon = try await looks.value(0) { [jobs] in try await jobs.eventHorizon() }
            note(horizon)
            return try await jobs.events(after: after, upTo: horizon, limit: Self.limit)
        }
        let events = try await jobs.events(of: job, after: after, limit: Self.limit)
        return EventPage(
            events: events,
            last: events.last?.id ?? after,
            hasMore: events.count == Self.limit
        )
    }

    private func note(_ horizon: EventHorizon) {
        let isLong = hold.withLock { hold in
            guard horizon.whole < horizon.last else {
                hold = nil
                return false
            }
            guard let known = hold, known.whole == horizon.whole else {
                hold = (horizon.whole, .now)
                return false
            }
            guard known.toldAt.duration(to: .now) >= Self.patience else { return false }
            hold = (horizon.whole, .now)
            return true
        }
        guard isLong else { return }
        logger.warning(
            "events of all jobs are held up: a transaction on the database server writes since before they were",
            metadata: ["after": "\(horizon.whole)", "last": "\(horizon.last)"]
        )
    }

    private static func render(_ event: EventRecord, namesJob: Bool) -> [UInt8] {
        var bytes = Array("id: \(event.id)\nevent: \(event.type.rawValue)\ndata: ".utf8)
        var json = JSONWriter(capacity: 384)
        json.event(event, namesJob: namesJob)
        bytes += json.bytes
        bytes += [0x0A, 0x0A]
        return bytes
    }
}

/// Reads once for all who ask for the same at the same time.
///
/// Who asks while a read runs gets the next one, never one that began before the question: so that nobody misses what
/// was written in between. Reads of one key never run side by side.
final class SharedReads<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Read = Task<Value, any Error>

    private struct Flight {
        var current: Read
        var next: Read?
    }

    private let flights = Mutex<[Key: Flight]>([:])

    /// What a read that begins now, or later, comes to.
    func value(_ key: Key, _ read: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let flight = flights.withLock { flights -> Read in
            guard let flight = flights[key] else {
                let first = start(key, following: nil, read)
                flights[key] = Flight(current: first)
                return first
            }
            if let next = flight.next { return next }
            let next = start(key, following: flight.current, read)
            flights[key]?.next = next
            return next
        }
        return try await flight.value
    }

    private func start(
        _ key: Key,
        following former: Read?,
        _ read: @escaping @Sendable () async throws -> Value
    ) -> Read {
        Task { [self] in
            _ = await former?.result
            defer { land(key) }
            return try await read()
        }
    }

    private func land(_ key: Key) {
        flights.withLock { flights in
            guard let flight = flights[key] else { return }
            flights[key] = flight.next.map { Flight(current: $0) }
        }
    }
}
