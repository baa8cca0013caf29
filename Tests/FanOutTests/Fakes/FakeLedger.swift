import FanOut
import PrecacheModel

/// A ledger in memory that keeps the contract, notes who breaks it, and fails when told to.
final class FakeLedger: Ledger {
    struct Failure: Error {}

    let state = Watched(FakeLedgerState())

    /// Waits until every job has ended.
    func waitUntilAllEnded() async { await state.wait { $0.jobs.values.allSatisfy(\.hasEnded) } }

    func add(_ job: FakeJob) { state.change { $0.add(job) } }

    func requestCancel(_ id: JobID) { state.change { $0.jobs[id]?.open.isCancelRequested = true } }

    func job(_ id: JobID) -> FakeJob? { state.value.jobs[id] }

    func recover(latestDue: Timestamp) async throws -> Int {
        try state.change { state in
            try state.begin("recover")
            var count = 0
            for id in state.jobs.keys { count += state.jobs[id]?.recover(latestDue: latestDue) ?? 0 }
            return count
        }
    }

    func openJobs() async throws -> [OpenJob] {
        try state.change { state in
            try state.begin("openJobs")
            return state.order.compactMap { state.jobs[$0] }.filter { !$0.hasEnded }.map(\.open)
        }
    }

    let sharesSources: Bool

    init(sharesSources: Bool = false) { self.sharesSources = sharesSources }

    func share(
        _ wishes: [SourceKey: SourceWish],
        limit: Int,
        keepsAll: Bool
    ) async throws -> [SourceKey: Int] {
        try state.change { state in
            try state.begin("share")
            state.wishes.append(wishes)
            return wishes.mapValues { min($0.wanted, state.cap) }
        }
    }

    func release(allBut known: [JobID: Set<Int>]) async throws -> LedgerChange {
        state.change { state in
            state.calls["release", default: 0] += 1
            for (id, hosts) in known { state.jobs[id]?.release(allBut: hosts) }
            return LedgerChange()
        }
    }

    func claim(_ requests: [ClaimRequest], at time: LedgerTime) async throws -> [ClaimAnswer] {
        try state.change { state in
            try state.begin("claim")
            let answers = requests.map { request in
                guard var job = state.jobs.removeValue(forKey: request.job) else {
                    return ClaimAnswer(job: request.job, hosts: [], nextDue: nil)
                }
                defer { state.jobs[request.job] = job }
                return job.claim(request.limit, at: time)
            }
            guard state.unheardClaims == 0 else {
                state.unheardClaims -= 1
                throw Failure()
            }
            return answers
        }
    }

    func record(_ reports: [HostReport], at time: LedgerTime) async throws -> LedgerChange {
        try state.change { state in
            try state.begin("record")
            state.largestRecord = max(state.largestRecord, reports.count)
            var change = LedgerChange()
            for report in reports {
                guard var job = state.jobs.removeValue(forKey: report.job) else { continue }
                let hadEnded = job.hasEnded
                if !job.apply(report, violations: &state.violations) { change.staleReports += 1 }
                if job.hasEnded, !hadEnded { change.endedJobs.append(report.job) }
                state.jobs[report.job] = job
            }
            state.staleReports += change.staleReports
            return change
        }
    }

    func note(_ notes: [MeshNote], at time: LedgerTime) async throws {
        try state.change { state in
            try state.begin("note")
            state.notes += notes
        }
    }

    func finish(_ job: JobID, _ finish: BulkFinish, at time: LedgerTime) async throws -> LedgerChange {
        try state.change { state in
            try state.begin("finish")
            guard let hadEnded = state.jobs[job]?.hasEnded else { return LedgerChange() }
            guard state.halfFinishes == 0 else {
                state.halfFinishes -= 1
                var change = LedgerChange()
                change.hasMore = true
                return change
            }
            let atWork = state.jobs[job]?.recovered ?? []
            let finished = state.jobs[job]?.apply(finish, wall: time.wall) ?? [:]
            let hasEnded = state.jobs[job]?.hasEnded == true
            return LedgerChange(
                endedJobs: hasEnded && !hadEnded ? [job] : [],
                finishedResults: finished,
                leftAtWork: atWork.filter { state.jobs[job]?.hosts[$0.ordinal].state == .done }
            )
        }
    }
}

/// What a ``FakeLedger`` holds.
struct FakeLedgerState: Sendable {
    var jobs: [JobID: FakeJob] = [:]
    var order: [JobID] = []
    /// How many calls of each kind succeeded.
    var calls: [String: Int] = [:]
    var failedCalls = 0
    /// Calls of these kinds fail.
    var failing: Set<String> = []
    /// Says, for the number of a call, whether it fails.
    var fault: (@Sendable (Int) -> Bool)?
    var violations: [String] = []
    var staleReports = 0
    var largestRecord = 0
    /// So many calls of `finish` say that there is more to do.
    var halfFinishes = 0
    /// So many claims are written and fail all the same.
    var unheardClaims = 0
    var notes: [MeshNote] = []
    /// What it was asked for of sources.
    var wishes: [[SourceKey: SourceWish]] = []
    /// The most that it gives of a source.
    var cap = Int.max
    private var callCount = 0

    mutating func add(_ job: FakeJob) {
        jobs[job.open.id] = job
        order.append(job.open.id)
    }

    mutating func begin(_ call: String) throws {
        callCount += 1
        guard !failing.contains(call), fault?(callCount) != true else {
            failedCalls += 1
            throw FakeLedger.Failure()
        }
        calls[call, default: 0] += 1
    }
}
