internal import PrecacheModel

/// Applies reports of attempts to the rows of their jobs, inside one transaction.
struct ReportApplication {
    let database: any StoreConnection
    /// Whose the jobs have to be.
    let owner: Int64
    let time: LedgerTime
    private(set) var staleReports = 0
    /// Jobs that aren't the owner's any more.
    private(set) var lostJobs: [JobID] = []
    /// What became of images on hosts.
    private(set) var ends: [HostImageEnd] = []
    /// What came of exchanges, over all jobs.
    private(set) var exchanged = ImageGain()

    init(database: any StoreConnection, owner: Int64, time: LedgerTime) {
        self.database = database
        self.owner = owner
        self.time = time
    }

    /// Applies reports, stale ones excepted, which are counted; returns the jobs that were changed as they are now.
    mutating func apply(_ reports: [HostReport]) throws -> [JobRow] {
        var order: [JobID] = []
        var ofJobs: [JobID: [HostReport]] = [:]
        for report in reports {
            if ofJobs[report.job] == nil { order.append(report.job) }
            ofJobs[report.job, default: []].append(report)
        }
        return try order.compactMap { job in
            let reports = ofJobs[job] ?? []
            guard let key = try JobRow.takeKey(database, job, by: owner) else {
                staleReports += reports.count
                lostJobs.append(job)
                return nil
            }
            var progress = JobProgress(database: database, job: key, now: time.wall)
            for slice in Self.slices(reports) {
                try progress.load(Array(Set(slice.map(\.host))))
                for report in slice { apply(report, to: &progress) }
            }
            exchanged.add(progress.exchanged)
            let row = try progress.finish()
            if let row { note(progress.ends, of: row.record) }
            return row
        }
    }

    private mutating func note(_ found: [(host: Int64, image: Int, result: ImageOutcome)], of job: JobRecord)
    {
        for (host, image, result) in found where result.outcome != .cancelled {
            ends.append(
                HostImageEnd(
                    host: host,
                    image: job.images[image].id,
                    job: job.id,
                    outcome: result.outcome,
                    reason: result.reason,
                    detail: result.detail,
                    at: time.wall
                )
            )
        }
    }

    /// Reports in their order, in slices of which each has at most ``JobProgress/hostsAtOnce`` reports and, unless a
    /// single report has more, ``JobProgress/outcomesAtOnce`` outcomes: rows wait in memory for their statement.
    private static func slices(_ reports: [HostReport]) -> [ArraySlice<HostReport>] {
        var slices: [ArraySlice<HostReport>] = []
        var (start, outcomes) = (0, 0)
        for (index, report) in reports.enumerated() {
            let more = report.images.count
            if index > start,
                index - start == JobProgress.hostsAtOnce || outcomes + more > JobProgress.outcomesAtOnce
            {
                slices.append(reports[start..<index])
                (start, outcomes) = (index, 0)
            }
            outcomes += more
        }
        if start < reports.count { slices.append(reports[start...]) }
        return slices
    }

    private mutating func apply(_ report: HostReport, to progress: inout JobProgress) {
        guard let standing = progress.standing(of: report.host), standing.state != .waiting,
            standing.attempt == report.attempt
        else {
            staleReports += 1
            return
        }
        guard standing.state == .claimed else {
            // The last image's outcome has ended the host already; the attempt's end says nothing more.
            if !report.images.isEmpty || report.next != .done { staleReports += 1 }
            return
        }
        let open = report.images.filter { !$0.outcome.isFinal }
        for image in open { progress.explain(image, on: report.host) }
        progress.end(report.images, on: report.host)
        switch report.next {
        case .goesOn: break
        case .done:
            // Only a fault of ours leaves an image without an outcome here; the host must not stay claimed for ever.
            let rest = ImageOutcome(
                .error,
                reason: .internal,
                detail: "the attempt ended without saying what became of this image"
            )
            progress.endRest(rest, on: report.host)
        case .retry(let due):
            let event = EventRows.New.retrying(
                host: report.host,
                attempt: report.attempt,
                reason: open.first?.reason,
                detail: open.first?.detail,
                notBefore: time.wall + (due - time.steady)
            )
            progress.postpone(report.host, due: due.microseconds, event: event)
        case .released: progress.release(report.host)
        }
    }
}
