package import Coverage
package import PrecacheModel
internal import Synchronization

/// How fast images came to hosts in the newest jobs.
///
/// What a job says is read once; after that it costs a look at which jobs are the newest.
package final class StoredRates: Sendable {
    /// Jobs that count.
    static let jobs = 8
    /// Ended jobs that are looked through for them, and the results that are read of each.
    private static let ended = 32
    private static let results = 2_000
    private static let hosts = 256

    private let engine: any StoreEngine
    private let maxDownloads: Int
    /// By the job's number; nil of those that say nothing.
    private let known = Mutex<[Int64: TransferSample?]>([:])

    /// - Parameters:
    ///   - engine: The database.
    ///   - maxDownloads: How many hosts at once fetch from one source, at most.
    package init(engine: any StoreEngine, maxDownloads: Int) {
        self.engine = engine
        self.maxDownloads = maxDownloads
    }

    /// What the newest jobs say in which hosts fetched something.
    package func samples() async throws(StoreError) -> [TransferSample] {
        let known = known.withLock { $0 }
        let found = try await engine.read { [maxDownloads] database in
            var found: [(job: Int64, sample: TransferSample?)] = []
            for job in try Self.newest(database) where found.count(where: { $0.sample != nil }) < Self.jobs {
                found.append((job.key, try known[job.key] ?? Self.read(job, maxDownloads, database)))
            }
            return found
        }
        self.known.withLock { $0 = Dictionary(found.map { ($0.job, $0.sample) }) { $1 } }
        return found.compactMap(\.sample)
    }

    private struct Ended {
        let key: Int64
        let hosts: Int
        let parallelism: String
    }

    private static func newest(_ database: any StoreConnection) throws -> [Ended] {
        let sql = """
            SELECT id, hosts_total, parallelism, cached FROM job WHERE finished_at IS NOT NULL
            ORDER BY finished_at DESC LIMIT \(ended)
            """
        return try database.all(sql, []) { row in
            (job: Ended(key: row[0], hosts: row[1], parallelism: row[2]), cached: row[3] as Int)
        }.filter { $0.cached > 0 }.map(\.job)
    }

    /// Nil where no host fetched all that it lacked at its first attempt.
    private static func read(
        _ job: Ended,
        _ maxDownloads: Int,
        _ database: any StoreConnection
    ) throws -> TransferSample? {
        struct Host {
            var bytes: Int64 = 0
            var start: Timestamp?
            var end = Timestamp(microseconds: .min)
            var isClean = true
        }
        var hosts: [Int: Host] = [:]
        let sql = """
            SELECT r.host, r.outcome, r.attempts, r.bytes_done, r.finished_at, h.started_at FROM job_result r
            \(database.dialect.ordered) job_host h ON h.job_id = r.job_id AND h.ordinal = r.host
            WHERE r.job_id = ?1 AND r.host < \(Self.hosts) ORDER BY r.host, r.image LIMIT \(results)
            """
        try database.rows(sql, [job.key]) { row in
            var host = hosts[row[0]] ?? Host()
            let outcome = try StoredOutcome.outcome(row[1], hostState: .done)
            if outcome == .cached { host.bytes = ByteProgress.boundedSum(host.bytes, row[3]) }
            if !outcome.isGood || row[2] as Int > 1 { host.isClean = false }
            host.end = max(host.end, row[4] ?? host.end)
            host.start = row[5]
            hosts[row[0]] = host
        }
        let rates = hosts.values.compactMap { host -> Double? in
            guard host.isClean, host.bytes > 0, let start = host.start, host.end > start else { return nil }
            // What an agent says may be anything: none is faster than a terabyte a second.
            return min(Double(host.bytes) / max((host.end - start) / .seconds(1), 0.001), 1e12)
        }.sorted()
        guard !rates.isEmpty else { return nil }
        let images = try database.all("SELECT url, exchanged FROM job_image WHERE job_id = ?1", [job.key]) {
            (url: $0[0] as String, isExchanged: $0[1] as Bool)
        }
        let width = (try? Parallelism(job.parallelism))?.limit(of: job.hosts) ?? 1
        return TransferSample(
            sources: Set(images.map { SourceKey(url: $0.url) }),
            isExchanged: images.contains(where: \.isExchanged),
            width: min(width, job.hosts, maxDownloads),
            hostRate: rates[rates.count / 2]
        )
    }
}
