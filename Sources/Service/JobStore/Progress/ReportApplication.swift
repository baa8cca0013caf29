internal import GRDB
internal import PrecacheModel

/// Applies reports of attempts to the rows of their jobs, inside one transaction.
struct ReportApplication {
    let database: Database
    let time: LedgerTime
    private var jobs: [JobID: JobProgress?] = [:]
    private var order: [JobID] = []
    private(set) var staleReports = 0

    init(database: Database, time: LedgerTime) {
        self.database = database
        self.time = time
    }

    /// Applies one report; a stale one is counted and changes nothing.
    mutating func apply(_ report: HostReport) throws {
        guard var progress = try progress(of: report.job),
            var standing = try HostStanding.find(database, job: progress.job, host: report.host),
            standing.state != .waiting, standing.attempt == report.attempt
        else {
            staleReports += 1
            return
        }
        guard standing.state == .claimed else {
            // The last image's outcome has ended the host already; the attempt's end says nothing more.
            if !report.images.isEmpty || report.next != .done { staleReports += 1 }
            return
        }
        try apply(report, to: &standing, in: &progress)
        jobs[report.job] = .some(progress)
    }

    /// Writes the counters of every job that was touched.
    func finish() throws -> [JobRow] {
        try order.compactMap { id in
            guard case let progress?? = jobs[id] else { return nil }
            return try progress.finish()
        }
    }

    private func apply(
        _ report: HostReport,
        to standing: inout HostStanding,
        in progress: inout JobProgress
    ) throws {
        let final = report.images.filter(\.outcome.isFinal)
        let open = report.images.filter { !$0.outcome.isFinal }
        for image in open {
            try progress.explain(
                image: image.image,
                reason: image.reason,
                detail: image.detail,
                on: standing
            )
        }
        try progress.end(final, on: &standing)
        switch report.next {
        case .goesOn: break
        case .done:
            // Only a fault of ours leaves an image without an outcome here; the host must not stay claimed for ever.
            let rest = ImageOutcome(
                .error,
                reason: .internal,
                detail: "the attempt ended without saying what became of this image"
            )
            try progress.endRest(rest, on: &standing)
        case .retry(let due):
            let event = EventRows.New.retrying(
                host: standing.ordinal,
                attempt: standing.attempt,
                reason: open.first?.reason,
                detail: open.first?.detail,
                notBefore: time.wall + (due - time.steady)
            )
            try progress.postpone(&standing, due: due.microseconds, event: event)
        case .released: try progress.release(&standing)
        }
    }

    private mutating func progress(of id: JobID) throws -> JobProgress? {
        if let known = jobs[id] { return known }
        order.append(id)
        let key = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM job WHERE uuid = ?"),
            arguments: [id.text]
        )
        let progress = key.map { JobProgress(database: database, job: $0, now: time.wall) }
        jobs[id] = .some(progress)
        return progress
    }
}
