import HTTPDoor
import HTTPTypes
import PrecacheAPI
import PrecacheModel
import Synchronization

/// Waits for jobs without polling.
struct JobWatch: Sendable {
    let jobs: any JobRecords
    let stop: StopSignal

    /// A job at a revision or later, from memory if it is there.
    ///
    /// Throws 404 as a ``Problem``, and the store's errors.
    func job(_ id: JobID, since revision: Int64 = 0) async throws -> JobRecord {
        if let record = jobs.cachedJob(id), record.revision >= revision { return record }
        guard let record = try await jobs.job(id, since: revision) else {
            throw Problem.missing("job", id.text)
        }
        return record
    }

    /// How often those who wait or watch are asked whether they still may: a token that was revoked opens nothing after
    /// this time and the one until a revocation is noticed.
    static let look = Duration.seconds(1)

    /// A job when it has ended, or as it is after `limit`, when the service stops or the peer has gone; never older than
    /// at a revision.
    ///
    /// Throws 401 as a ``Problem`` when its waiter no longer may know.
    func end(
        of id: JobID,
        since revision: Int64,
        within limit: Duration,
        while mayWait: @escaping @Sendable () async -> Bool
    ) async throws -> JobRecord {
        let changes = jobs.changes(of: id)
        let record = try await job(id, since: revision)
        guard !record.state.isFinal, limit > .zero else { return record }
        let isRevoked = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in changes {
                    guard let now = jobs.cachedJob(id), !now.state.isFinal else { break }
                }
                return false
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            group.addTask {
                await stop.wait()
                return false
            }
            group.addTask {
                while (try? await Task.sleep(for: Self.look)) != nil {
                    guard await mayWait() else { return !Task.isCancelled }
                }
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        guard !isRevoked else {
            throw Problem(.unauthorized, "unauthorized", "the token was revoked while the request waited")
        }
        return try await job(id, since: revision)
    }
}

/// Rendered statuses of jobs, so that polls of a job that hasn't changed cost no rendering, but of one that goes on once a
/// second, since time passes.
final class JobStatusCache: Sendable {
    /// Statuses kept at most; beyond it any is dropped.
    static let capacity = 1024

    private struct Entry {
        let revision: Int64
        let progress: UInt64
        /// When it shows another time; nil if never, of a job that has ended.
        let staleAt: Timestamp?
        let bytes: [UInt8]
    }

    private let entries = Mutex<[JobID: Entry]>([:])
    private let jobs: any JobRecords
    private let progress: any LiveProgress
    private let clock: @Sendable () -> Timestamp

    init(
        jobs: any JobRecords,
        progress: any LiveProgress,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.jobs = jobs
        self.progress = progress
        self.clock = clock
    }

    /// `{"job":…}` of a job that memory knows; nil for others.
    func status(of id: JobID) -> [UInt8]? {
        // Both numbers before what they number: at worst something newer is kept under them, and rendered once more.
        guard let revision = jobs.cachedRevision(of: id) else { return nil }
        let generation = progress.inFlight(of: id).generation
        let now = clock()
        let known = entries.withLock { entries -> [UInt8]? in
            guard let entry = entries[id], entry.revision == revision, entry.progress == generation,
                entry.staleAt.map({ now < $0 }) ?? true
            else { return nil }
            return entry.bytes
        }
        if let known { return known }
        guard let record = jobs.cachedJob(id) else { return nil }
        let rendered = status(of: record, at: now)
        let second = Duration.seconds(record.elapsed(at: now).components.seconds + 1)
        entries.withLock { entries in
            if entries.count >= Self.capacity, entries[id] == nil, let any = entries.keys.first {
                entries[any] = nil
            }
            entries[id] = Entry(
                revision: revision,
                progress: generation,
                staleAt: record.finishedAt == nil ? record.createdAt + second : nil,
                bytes: rendered
            )
        }
        return rendered
    }

    /// `{"job":…}` of a record.
    func status(of record: JobRecord) -> [UInt8] { status(of: record, at: clock()) }

    private func status(of record: JobRecord, at now: Timestamp) -> [UInt8] {
        var json = JSONWriter(capacity: 1024)
        json.object { json in
            json.key("job")
            json.job(record, at: now, bytesInFlight: progress.bytesInFlight(of: record))
        }
        return json.bytes
    }
}
