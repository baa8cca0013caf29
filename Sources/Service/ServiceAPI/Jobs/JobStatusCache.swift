import PrecacheAPI
import PrecacheModel
import Synchronization

/// Rendered statuses of jobs, so that polls of a job that hasn't changed cost no rendering.
final class JobStatusCache: Sendable {
    /// Statuses kept at most; beyond it any is dropped.
    static let capacity = 1024

    private struct Entry {
        let record: JobRecord
        let progress: UInt64
        let bytes: [UInt8]
    }

    private let entries = Mutex<[JobID: Entry]>([:])
    private let live: any LiveJobs
    private let progress: any LiveProgress

    init(live: any LiveJobs, progress: any LiveProgress) {
        self.live = live
        self.progress = progress
    }

    /// `{"job":…}` of a job that memory knows; nil for others.
    func status(of id: JobID) -> [UInt8]? {
        guard let record = live.cachedJob(id) else { return nil }
        return status(of: record)
    }

    /// `{"job":…}` of a record.
    func status(of record: JobRecord) -> [UInt8] {
        let (bytes, generation) =
            record.state.isFinal ? (Int64(0), UInt64(0)) : progress.inFlight(of: record.id)
        let known = entries.withLock { entries -> [UInt8]? in
            guard let entry = entries[record.id], entry.progress == generation, entry.record == record
            else { return nil }
            return entry.bytes
        }
        if let known { return known }
        var json = JSONWriter(capacity: 1024)
        json.object { json in
            json.key("job")
            json.job(record, bytesInFlight: bytes)
        }
        let rendered = json.bytes
        entries.withLock { entries in
            if entries.count >= Self.capacity, entries[record.id] == nil, let any = entries.keys.first {
                entries[any] = nil
            }
            entries[record.id] = Entry(record: record, progress: generation, bytes: rendered)
        }
        return rendered
    }
}
