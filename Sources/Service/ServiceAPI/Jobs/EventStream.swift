import HTTPServing
import PrecacheAPI
import PrecacheModel
import Synchronization

/// Writes a job's events as server-sent events (WHATWG HTML, section 9.2), from after a given one until the job's end.
struct EventStream: Sendable {
    /// A comment is sent after so much silence, so that a dead connection is noticed and a live one is kept.
    static let silence = Duration.seconds(15)
    /// Changes closer together than this are told together; all watchers look at the same moments.
    static let beat = Duration.milliseconds(100)

    let job: JobID
    let after: Int64
    let watch: JobWatch
    let pages: EventPages
    /// Whether whoever watches still may.
    let mayWatch: @Sendable () async -> Bool

    func write(to writer: any ResponseWriter) async throws {
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let changes = watch.jobs.changes(of: job)
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
        while !Task.isCancelled {
            // The state is read before the events: an end seen here has its last event in what is read next.
            let isFinal = try await watch.job(job).state.isFinal
            var batch = try await pages.batch(of: job, after: last)
            while !batch.bytes.isEmpty {
                try await writer.write(batch.bytes)
                written = .now
                last = batch.last
                guard batch.isFull else { break }
                batch = try await pages.batch(of: job, after: last)
            }
            if isFinal { return }
            if written.duration(to: .now) >= Self.silence {
                try await writer.write(Array(": \n".utf8))
                written = .now
            }
            guard await ring.next() != nil else { return }
            try await Task.sleep(until: Self.nextBeat(), clock: .continuous)
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

/// Reads events once for all who ask for the same ones at the same time: a thousand watchers of a job cost one read a
/// change.
///
/// Who asks while a read runs gets the next one, never one that began before the question: so that nobody misses what
/// was written in between.
final class EventPages: Sendable {
    /// Events of one read, as server-sent events.
    struct Batch: Sendable {
        /// The text; empty if there is nothing new.
        let bytes: [UInt8]
        /// The last event in it; what was asked for if there is none.
        let last: Int64
        /// Whether there may be more already.
        let isFull: Bool
    }

    /// Events read at once; a slow reader holds no more than these in memory.
    static let limit = 256

    private struct Key: Hashable {
        let job: JobID
        let after: Int64
    }

    private typealias Read = Task<Batch, any Error>

    private struct Flight {
        var current: Read
        var next: Read?
    }

    private let flights = Mutex<[Key: Flight]>([:])
    private let jobs: any JobRecords

    init(jobs: any JobRecords) { self.jobs = jobs }

    /// The events of a job after a given one.
    func batch(of job: JobID, after: Int64) async throws -> Batch {
        let key = Key(job: job, after: after)
        let read = flights.withLock { flights -> Read in
            guard let flight = flights[key] else {
                let read = start(key, following: nil)
                flights[key] = Flight(current: read)
                return read
            }
            if let next = flight.next { return next }
            let next = start(key, following: flight.current)
            flights[key]?.next = next
            return next
        }
        return try await read.value
    }

    private func start(_ key: Key, following former: Read?) -> Read {
        Task { [self] in
            _ = await former?.result
            defer { land(key) }
            let events = try await jobs.events(of: key.job, after: key.after, limit: Self.limit)
            return Batch(
                bytes: Self.render(events),
                last: events.last?.id ?? key.after,
                isFull: events.count == Self.limit
            )
        }
    }

    private func land(_ key: Key) {
        flights.withLock { flights in
            guard let flight = flights[key] else { return }
            flights[key] = flight.next.map { Flight(current: $0) }
        }
    }

    private static func render(_ events: [EventRecord]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(events.count * 256)
        for event in events {
            bytes.append(contentsOf: Array("id: \(event.id)\nevent: \(event.type.rawValue)\ndata: ".utf8))
            var json = JSONWriter(capacity: 256)
            json.event(event)
            bytes.append(contentsOf: json.bytes)
            bytes.append(contentsOf: [0x0A, 0x0A])
        }
        return bytes
    }
}
