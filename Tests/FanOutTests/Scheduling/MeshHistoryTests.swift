import PrecacheModel
import TestSupport
import Testing

@testable import FanOut

/// Random histories of a job whose image is exchanged: whatever its hosts do, each ends once, and no budget is lost.
@Suite struct MeshHistoryTests {
    /// Rows as the ledger has them.
    private struct Row {
        var isDone = false
        var isClaimed = false
        var attempt = 0
        var due = Duration.zero
    }

    private struct History {
        let limit: Int
        let source = SourceKey(url: "http://images.example/")
        let image: ImageReference
        let open: OpenJob
        var scheduler: Scheduler
        var rows: [Row]
        var now = Duration.zero
        var running: [Int: (attempt: Int, task: AgentTask, isStopped: Bool)] = [:]
        var random: SplitMix
        var failure: String?

        init(seed: UInt64, hosts: Int) throws {
            random = SplitMix(seed: seed)
            limit = Int.random(in: 1...6, using: &random)
            image = ImageReference(
                id: try ImageID("a"),
                name: nil,
                url: "http://images.example/a",
                sizeBytes: 100 << 20,
                digest: try Digest(.sha256, hex: String(repeating: "ab", count: 32)),
                diskFormat: .raw,
                allowsUnverified: false
            )
            var open = try Samples.job(hosts: hosts, limits: Samples.limits(parallelism: .hosts(32))).open
            open.images = [image]
            self.open = open
            rows = Array(repeating: Row(), count: hosts)
            let rules = RelayRules(
                ticket: { _, _ in "t" },
                warrant: { _, _, _ in SeedWarrant(certificate: "", signature: "") }
            )
            scheduler = Scheduler(
                limits: SchedulerLimits(
                    maxInFlight: 50,
                    maxDownloadsPerSource: limit,
                    claimBatch: 16,
                    retry: RetryPolicy(),
                    retryAfterLimit: .seconds(3600),
                    cancelGrace: .seconds(5),
                    relay: rules
                )
            )
            scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        }

        var time: SchedulerTime {
            let moment = Samples.start + now
            return SchedulerTime(
                now: now,
                time: LedgerTime(wall: moment, steady: moment),
                watch: WallWatch(startingAt: Samples.start)
            )
        }

        func key(_ host: Int, _ attempt: Int) -> AttemptKey {
            AttemptKey(job: open.id, host: host, attempt: attempt)
        }

        mutating func play() throws {
            var turns = 0
            // Some are cancelled at a time.
            let end =
                Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 1..<60, using: &random) : .max
            while rows.contains(where: { !$0.isDone }) {
                turns += 1
                guard turns < 20_000, failure == nil else {
                    failure = failure ?? "no end: \(rows.count { !$0.isDone }) hosts left"
                    return
                }
                record()
                if turns == end {
                    scheduler.close(open.id, .cancelled, at: now)
                    for host in rows.indices where !rows[host].isClaimed { rows[host].isDone = true }
                }
                try claim()
                carryOut()
                if !running.isEmpty { act() }
                scheduler.mendMeshes()
                now += .milliseconds(Int64.random(in: 1...400, using: &random))
                scheduler.fireTimers(jitter: { 1 }, time)
                carryOut()
                let used = scheduler.budgets.inUse[source] ?? 0
                if used > limit { failure = "\(used) of \(limit) places at the source are taken" }
            }
            if scheduler.budgets.inUse[source] != nil { failure = "places at the source are left taken" }
            if !scheduler.attempts.isEmpty { failure = "attempts are left" }
        }

        private mutating func record() {
            for report in scheduler.outbox.reports {
                if report.images.contains(where: { $0.zone != Self.zone(report.host) }) {
                    failure = "a report of another zone"
                }
                guard rows[report.host].isClaimed, rows[report.host].attempt == report.attempt else {
                    continue
                }
                switch report.next {
                case .goesOn: break
                case .done:
                    rows[report.host].isDone = true
                    rows[report.host].isClaimed = false
                case .retry(let due):
                    rows[report.host].isClaimed = false
                    rows[report.host].due = due - Samples.start
                case .released:
                    rows[report.host].isClaimed = false
                    rows[report.host].attempt -= 1
                    rows[report.host].due = now
                }
            }
            scheduler.outbox.drop(scheduler.outbox.reports.count)
            scheduler.dropNotes(scheduler.notes.count)
        }

        private static func zone(_ host: Int) -> String { host % 3 == 0 ? "z1" : "z2" }

        private mutating func claim() throws {
            let requests = scheduler.planClaims(at: now)
            guard let request = requests.first else { return }
            var hosts: [ClaimedHost] = []
            let waiting = rows.indices.filter { !rows[$0].isDone && !rows[$0].isClaimed }
            for host in waiting where rows[host].due <= now && hosts.count < request.limit {
                rows[host].isClaimed = true
                rows[host].attempt += 1
                var claimed = ClaimedHost(
                    ordinal: host,
                    name: try HostName("h\(host)"),
                    address: "::1",
                    port: 1,
                    attempt: rows[host].attempt,
                    images: [0]
                )
                claimed.exchanges = host % 7 != 0
                claimed.zone = Self.zone(host)
                hosts.append(claimed)
            }
            let next = rows.filter { !$0.isDone && !$0.isClaimed }.map(\.due).min()
            let due = hosts.count < request.limit ? next.map { Samples.start + $0 } : nil
            scheduler.claimed(requests, [ClaimAnswer(job: open.id, hosts: hosts, nextDue: due)], time)
        }

        private mutating func carryOut() {
            for command in scheduler.takeCommands() {
                switch command {
                case .start(let key, let task, _):
                    if running[key.host] != nil { failure = "host \(key.host) runs twice" }
                    let reads = !task.images[0].sources.isEmpty
                    if reads == (task.images[0].relay?.seed == nil && task.images[0].relay != nil) {
                        failure = "a member has a source, or another none"
                    }
                    running[key.host] = (key.attempt, task, false)
                case .renew(let key, let task, _): running[key.host]?.task = task
                case .cancelAtAgent(let task, _):
                    if let host = running.first(where: { $0.value.task.id == task.id })?.key {
                        running[host]?.isStopped = true
                    }
                case .abandon(let key): running[key.host] = nil
                }
            }
        }

        /// One host does something.
        private mutating func act() {
            guard let (host, run) = running.sorted(by: { $0.key < $1.key }).randomElement(using: &random)
            else { return }
            let key = key(host, run.attempt)
            let exchanges = run.task.images[0].relay != nil
            let reads = !run.task.images[0].sources.isEmpty
            var outcome = ImageOutcome(.cached)
            switch run.isStopped ? 9 : Int.random(in: 0..<12, using: &random) {
            case 0 where exchanges && !reads:
                outcome = ImageOutcome(.error, reason: .peersUnavailable, isRetryable: true)
            case 1 where reads: outcome = ImageOutcome(.error, reason: .sourceError, isRetryable: true)
            case 2: outcome = ImageOutcome(.error, reason: .noSpace)
            case 3 where exchanges: return scheduler.starved(image.id, key, time)
            case 4 where Int.random(in: 0..<30, using: &random) == 0:
                outcome = ImageOutcome(.error, reason: .checksumMismatch, isRetryable: true)
            case 5 where reads && Int.random(in: 0..<30, using: &random) == 0:
                outcome = ImageOutcome(.error, reason: .imageNotFound)
            case 6: outcome = ImageOutcome(.existing)
            case 7:
                running[host] = nil
                let failure = AgentFailure(reason: .agentUnreachable, detail: "gone")
                return scheduler.ended(key, .failed(failure), jitter: 1, time)
            case 8 where exchanges:
                guard let liar = try? HostName("h\(Int.random(in: 0..<rows.count, using: &random))") else {
                    return
                }
                return scheduler.faulted(liar, image.id, "no seal", key, time)
            case 9: outcome = ImageOutcome(.cancelled)
            default: break
            }
            running[host] = nil
            scheduler.received(outcome, of: image.id, key, time)
            scheduler.ended(key, .finished, jitter: 1, time)
        }
    }

    @Test func eachHostEndsOnceAndNoBudgetIsLost() throws {
        for seed in 1...UInt64(300) {
            var history = try History(seed: seed, hosts: Int(seed % 40) + 4)
            try history.play()
            #expect(history.failure == nil, "seed \(seed): \(history.failure ?? "")")
        }
    }
}
