import PrecacheAPI
import PrecacheModel
import Synchronization

/// Rendered statuses of jobs, so that polls of a job that hasn't changed cost no rendering.
final class JobStatusCache: Sendable {
    /// Statuses kept at most; beyond it any is dropped.
    static let capacity = 1024

    private struct Entry {
        let revision: UInt64
        let progress: UInt64
        let bytes: [UInt8]
    }

    private let entries = Mutex<[JobID: Entry]>([:])
    private let jobs: any JobRecords
    private let progress: any LiveProgress

    init(jobs: any JobRecords, progress: any LiveProgress) {
        self.jobs = jobs
        self.progress = progress
    }

    /// `{"job":…}` of a job that memory knows; nil for others.
    func status(of id: JobID) -> [UInt8]? {
        // Both numbers before what they number: at worst something newer is kept under them, and rendered once more.
        guard let revision = jobs.cachedRevision(of: id) else { return nil }
        let generation = progress.inFlight(of: id).generation
        let known = entries.withLock { entries -> [UInt8]? in
            guard let entry = entries[id], entry.revision == revision, entry.progress == generation
            else { return nil }
            return entry.bytes
        }
        if let known { return known }
        guard let record = jobs.cachedJob(id) else { return nil }
        let rendered = status(of: record)
        entries.withLock { entries in
            if entries.count >= Self.capacity, entries[id] == nil, let any = entries.keys.first {
                entries[any] = nil
            }
            entries[id] = Entry(revision: revision, progress: generation, bytes: rendered)
        }
        return rendered
    }

    /// `{"job":…}` of a record.
    func status(of record: JobRecord) -> [UInt8] {
        var json = JSONWriter(capacity: 1024)
        json.object { json in
            json.key("job")
            json.job(record, bytesInFlight: progress.bytesInFlight(of: record))
        }
        return json.bytes
    }
}
