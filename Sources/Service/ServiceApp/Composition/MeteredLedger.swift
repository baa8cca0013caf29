import FanOut
import PrecacheModel
import Telemetry

/// A ledger that counts the bytes that agents say they have fetched.
struct MeteredLedger: Ledger {
    private let ledger: any Ledger
    private let bytes: CounterCell

    init(_ ledger: any Ledger, metrics: MetricsRegistry) {
        self.ledger = ledger
        bytes = metrics.counter(
            "precached_downloaded_bytes_total",
            help:
                "Bytes that hosts have fetched, as their agents reported at the end of each image's attempt."
        ).cell()
    }

    func recover(latestDue: Timestamp) async throws -> Int { try await ledger.recover(latestDue: latestDue) }

    func openJobs() async throws -> [OpenJob] { try await ledger.openJobs() }

    func claim(_ requests: [ClaimRequest], at time: LedgerTime) async throws -> [ClaimAnswer] {
        try await ledger.claim(requests, at: time)
    }

    func record(_ reports: [HostReport], at time: LedgerTime) async throws -> LedgerChange {
        let change = try await ledger.record(reports, at: time)
        let fetched = reports.lazy.flatMap(\.images)
            .reduce(Int64(0)) { ByteProgress.boundedSum($0, Self.bytes(of: $1)) }
        bytes.increment(by: Int(clamping: max(0, fetched)))
        return change
    }

    func finish(_ job: JobID, _ finish: BulkFinish, at time: LedgerTime) async throws -> LedgerChange {
        try await ledger.finish(job, finish, at: time)
    }

    /// What is there already wasn't fetched.
    private static func bytes(of report: ImageReport) -> Int64 {
        report.outcome == .existing ? 0 : report.bytesDone
    }
}
