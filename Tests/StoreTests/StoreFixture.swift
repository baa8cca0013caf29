import PrecacheModel
import Store
import Synchronization

/// A store in a directory of its own, with a clock that tests set and a fleet.
final class StoreFixture: Sendable {
    let database: TestDatabase
    let store: ServiceStore
    let clock: SettableClock

    var jobs: StoredJobs { store.jobs }

    /// A store with `hosts` hosts `host-0000`… in the aggregate `web`.
    init(
        hosts: Int = 0,
        limits: AdmissionLimits = AdmissionLimits()
    ) async throws {
        database = try TestDatabase()
        let clock = SettableClock()
        self.clock = clock
        store = try await database.store(limits: limits, clock: { clock.now })
        try await fill(hosts)
    }

    private func fill(_ hosts: Int) async throws {
        let names = try (0..<hosts).map { try HostName(Self.name($0)) }
        _ = try await store.inventory.apply(
            InventoryDocument(
                hosts: names.map { HostEntry(name: $0, address: "10.0.0.1", port: 7701) },
                aggregates: [.init(entry: AggregateEntry(name: try AggregateName("web")), hosts: names)],
                images: nil
            ),
            prune: false,
            dryRun: false
        )
    }

    /// Begins anew as after a kill; returns how many hosts had been claimed.
    func restart(latestDue: Timestamp) async throws -> Int {
        try await store.controllers.register()
        return try await jobs.recover(latestDue: latestDue)
    }

    static func name(_ number: Int) -> String {
        let digits = String(number)
        return "host-" + String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
    }

    /// The ledger's time: both scales at the clock's reading.
    var time: LedgerTime { LedgerTime(wall: clock.now, steady: clock.now) }

    /// A job for `web` that isn't accepted yet.
    func newJob(images: Int = 2, sizeBytes: Int64? = 1_000) throws -> NewJob {
        NewJob(
            id: .make(),
            aggregate: AggregateKey("web"),
            images: try (0..<images).map { try Self.image($0, sizeBytes: sizeBytes) },
            limits: JobLimits(
                parallelism: .percent(25),
                hostTimeout: .seconds(60),
                maxAttempts: 3,
                deadline: .seconds(600),
                keep: .seconds(86_400)
            ),
            requestedBy: "test"
        )
    }

    /// Accepts a job for `web`.
    func accept(images: Int = 2, sizeBytes: Int64? = 1_000) async throws -> JobRecord {
        try await jobs.createJob(try newJob(images: images, sizeBytes: sizeBytes), claim: nil).job
    }

    static func image(_ number: Int, sizeBytes: Int64? = 1_000) throws -> ImageReference {
        ImageReference(
            id: try ImageID("image-\(number)"),
            name: "Image \(number)",
            url: "http://images.example/\(number)",
            sizeBytes: sizeBytes,
            digest: try Digest(.sha256, hex: String(repeating: "ab", count: 32)),
            diskFormat: .qcow2,
            allowsUnverified: false
        )
    }

    /// Claims up to `limit` hosts of a job.
    func claim(_ job: JobRecord, limit: Int = 100_000) async throws -> [ClaimedHost] {
        try await jobs.claim([ClaimRequest(job: job.id, limit: limit)], at: time).first?.hosts ?? []
    }

    /// Reports the same outcome of every image of a claimed host.
    func finish(
        _ job: JobRecord,
        _ hosts: [ClaimedHost],
        _ outcome: Outcome,
        reason: Reason? = nil
    ) async throws {
        let reports = hosts.map { host in
            HostReport(
                job: job.id,
                host: host.ordinal,
                attempt: host.attempt,
                images: host.images.map { image in
                    ImageReport(
                        image: image,
                        ImageOutcome(
                            outcome,
                            reason: reason,
                            bytesDone: 10,
                            bytesTotal: 1_000
                        )
                    )
                },
                next: .done
            )
        }
        _ = try await jobs.record(reports, at: time)
    }

    /// Every result of a job, page after page.
    func results(
        _ job: JobRecord,
        _ filter: ResultFilter = ResultFilter(),
        limit: Int = 7
    ) async throws -> [ResultRecord] {
        var found: [ResultRecord] = []
        var request = PageRequest(limit: limit)
        repeat {
            let page = try await jobs.results(of: job.id, filter, request)
            found += page.items
            request.after = page.next
        } while request.after != nil
        return found
    }
}

/// A wall clock that stands still until it is set.
final class SettableClock: Sendable {
    private let reading = Mutex(Timestamp(microseconds: 1_800_000_000_000_000))
    var now: Timestamp {
        get { reading.withLock { $0 } }
        set { reading.withLock { $0 = newValue } }
    }
    func advance(by duration: Duration) { reading.withLock { $0 = $0 + duration } }
}
