import Logging
import PrecacheModel

extension DispatchLoop {
    /// Makes the calls of the ledger that are due.
    ///
    /// Reports go first, since they free rows; claims last, and only when everything else is written.
    ///
    /// - Returns: Whether there may be more to do at once.
    func ledgerRound() async -> Bool {
        guard health.allowsCall(at: now) else { return false }
        let wasFailing = health.failures > 0
        let began = now
        // Where the database is away, so are the heartbeats that others took, and those that found nobody to take them.
        if let since = health.failingSince, began - since > Self.deafAfter {
            watch.isDeaf(at: readTime().time.wall)
        }
        do {
            if !scheduler.isDraining { try await recover() }
            try await saveReports()
            guard !scheduler.isDraining else { return false }
            try await readJobs()
            try await releaseUnknown()
            let hasFinishes = try await applyFinishes()
            let hasClaimed = try await claim()
            let hasMore = try await share()
            health.succeeded()
            if wasFailing { shared.logger.notice("the ledger works again") }
            return hasClaimed || hasFinishes || hasMore
        } catch {
            guard !Task.isCancelled else { return false }
            health.failed(error, since: began, at: now, jitter: shared.jitter())
            metrics.ledgerFailed()
            // The first, and then ever more rarely.
            guard health.failures & (health.failures - 1) == 0 else { return false }
            shared.logger.error(
                "the ledger failed; the call is made again",
                metadata: ["error": "\(health.problem ?? "")", "failures": "\(health.failures)"]
            )
            return false
        }
    }

    /// How long the ledger may fail before hosts are given time to be heard of again.
    private static var deafAfter: Duration { .seconds(10) }

    private func recover() async throws {
        guard isAdopting else { return }
        let configuration = shared.configuration
        let longest = configuration.retryAfterLimit + configuration.retry.ceiling
        let count = try await shared.ledger.recover(latestDue: watch.steady(now + longest))
        (isAdopting, hasRecovered, hasRung) = (false, true, true)
        scheduler.budgets.inherited(at: now)
        if count > 0 {
            shared.logger.notice("taking up what was under way", metadata: ["hosts": "\(count)"])
        }
    }

    private func saveReports() async throws {
        while !scheduler.outbox.isEmpty {
            let batch = scheduler.outbox.reports.prefix(max(1, shared.configuration.reportBatch))
            let change = try await shared.ledger.record(Array(batch), at: readTime().time)
            scheduler.outbox.drop(batch.count)
            for report in batch { clearProgress(report) }
            metrics.recorded(batch, change)
            note(change)
        }
        while !scheduler.notes.isEmpty {
            let batch = Array(scheduler.notes)
            try await shared.ledger.note(batch, at: readTime().time)
            scheduler.dropNotes(batch.count)
            for note in batch where note.isOutUntil != nil {
                shared.logger.warning(
                    "host is kept out of exchanges",
                    metadata: ["host": "\(note.host)", "job": "\(note.job)", "why": "\(note.detail)"]
                )
            }
        }
    }

    private func releaseUnknown() async throws {
        guard !doubtful.isEmpty else { return }
        let known = doubtful.map { ($0, Set((scheduler.jobs[$0]?.inFlight ?? []).map(\.host))) }
        let change = try await shared.ledger.release(allBut: Dictionary(uniqueKeysWithValues: known))
        for job in doubtful where scheduler.jobs[job]?.closing == nil {
            scheduler.jobs[job]?.claimableAt = now
        }
        doubtful = []
        note(change)
    }

    private func clearProgress(_ report: HostReport) {
        guard report.next == .goesOn else {
            return shared.progress.clear(report.job, host: report.host)
        }
        for image in report.images {
            shared.progress.clear(report.job, host: report.host, image: image.image)
        }
    }

    private func readJobs() async throws {
        let isPoll = now >= nextPoll
        guard hasRung || isPoll else { return }
        hasRung = false
        do {
            let open = try await shared.ledger.openJobs()
            let time = readTime()
            lose(scheduler.lost(open))
            // Whoever had one before may have claimed hosts of it.
            if shared.ledger.sharesSources {
                for job in open where scheduler.jobs[job.id] == nil { doubtful.insert(job.id) }
            }
            scheduler.merge(open, at: time.now, wall: time.time.wall, isPoll: isPoll)
            nextPoll = time.now + shared.configuration.pollInterval
        } catch {
            hasRung = true
            throw error
        }
    }

    /// Applies finishes; returns whether one is left half done, so that reports and claims have their turn.
    private func applyFinishes() async throws -> Bool {
        if now >= nextSweep {
            scheduler.requestSweeps()
            nextSweep = now + shared.configuration.sweepInterval
        }
        while let (job, kind) = scheduler.finishes.first {
            let time = readTime().time
            let finish: BulkFinish
            let outcome: Outcome
            switch kind {
            case .unavailable:
                (finish, outcome) = (.unavailable(heartbeatsSince: watch.heartbeatsSince), .skipped)
            case .closing(let closing):
                (finish, outcome) = (closing.bulkFinish, closing == .cancelled ? .cancelled : .error)
            }
            let change = try await shared.ledger.finish(job, finish, at: time)
            if !change.hasMore { scheduler.finishApplied() }
            scheduler.leftAtWork(change.leftAtWork, of: job)
            metrics.finished(outcome, change)
            note(change)
            if change.hasMore { return true }
        }
        return false
    }

    private func claim() async throws -> Bool {
        guard !shared.mailbox.isStopping else { return false }
        let requests = scheduler.planClaims(at: now)
        guard !requests.isEmpty else { return false }
        do {
            let answers = try await shared.ledger.claim(requests, at: readTime().time)
            if shared.mailbox.isStopping { scheduler.isReleasing = true }
            scheduler.claimed(requests, answers, readTime())
            lose(answers.filter(\.isLost).map(\.job))
            return true
        } catch {
            scheduler.claimFailed(requests)
            doubtful.formUnion(requests.map(\.job))
            throw error
        }
    }

    /// Takes a share of what sources allow, where others read them too; returns whether there is more of one now.
    private func share() async throws -> Bool {
        guard let due = scheduler.budgets.nextShare, due <= now else { return false }
        let budgets = scheduler.budgets
        let given = try await shared.ledger.share(
            budgets.wishes,
            limit: budgets.limit,
            keepsAll: budgets.keepsAll(at: now)
        )
        return scheduler.budgets.share(given, at: now)
    }

    private func note(_ change: LedgerChange) {
        for job in change.endedJobs { shared.progress.forget(job) }
        if change.staleReports > 0 {
            shared.logger.warning("reports of past attempts", metadata: ["count": "\(change.staleReports)"])
        }
        scheduler.ended(change.endedJobs)
        lose(change.lostJobs)
    }

    private func lose(_ jobs: [JobID]) {
        for job in jobs {
            guard let atWork = scheduler.lose(job) else { continue }
            shared.progress.forget(job)
            // One that nobody was at work on may have been ended by whoever cancelled it.
            guard atWork > 0 else { continue }
            shared.logger.warning(
                "job is another controller's now",
                metadata: ["job": "\(job)", "hosts_at_work": "\(atWork)"]
            )
        }
    }
}

/// How the ledger's calls go, and when the next may be made.
struct LedgerHealth {
    let retry: RetryPolicy
    /// When the next call may be made; nil for at once.
    private(set) var retryAt: Duration?
    /// When the first call of those began that have failed in a row.
    private(set) var failingSince: Duration?
    /// Calls that have failed in a row.
    private(set) var failures = 0
    /// What the last failure said.
    private(set) var problem: String?

    init(retry: RetryPolicy) { self.retry = retry }

    /// Whether a call may be made.
    func allowsCall(at now: Duration) -> Bool { retryAt.map { $0 <= now } ?? true }

    mutating func succeeded() {
        (retryAt, failingSince, problem) = (nil, nil, nil)
        failures = 0
    }

    mutating func failed(_ error: any Error, since began: Duration, at now: Duration, jitter: Double) {
        failingSince = failingSince ?? began
        failures += 1
        problem = String(String(describing: error).prefix(500))
        retryAt = now + retry.delay(after: failures, jitter: 0.5 + jitter / 2)
    }
}
