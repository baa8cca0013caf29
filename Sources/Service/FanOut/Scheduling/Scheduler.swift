import PrecacheModel

/// Decides what is claimed, started, stopped, tried again and reported.
///
/// Pure: it's told the time and what happened, and
/// leaves behind reports, bulk finishes and commands for the shell around it to carry out.
///
/// All moments are time since the dispatcher's start by a clock that nobody sets. An event costs O(1) or O(log attempts
/// in flight), a claim O(open jobs) more.
struct Scheduler {
    /// What wakes it.
    enum Timer: Hashable {
        case deadline(JobID)
        case attempt(AttemptKey)
        case grace(AttemptKey)
    }

    let limits: SchedulerLimits
    var jobs: [JobID: JobEntry] = [:]
    var attempts: [AttemptKey: Attempt] = [:]
    var budgets: SourceBudgets
    var timers = DeadlineQueue<Timer>()
    var turn: UInt64 = 0
    var outbox = Outbox()
    /// What people are to be told of exchanges, that the ledger hasn't got yet.
    private(set) var notes: [MeshNote] = []
    /// Attempts whose agents are called once there is budget for their sources, in the order of their coming.
    var parked: [AttemptKey] = []
    /// Hosts that others said gave something wrong, with those who said so.
    var faults: [HostName: [HostName: Duration]] = [:]
    /// Jobs of which a host had an image before, so that others may have to be sent to others (``mendMeshes()``).
    var unmended: Set<JobID> = []
    var random = SystemRandomNumberGenerator()
    /// Whether the service is stopping: nothing new is begun, attempts in hand are let go of.
    var isDraining = false
    /// Whether hosts that a claim under way still brings are let go of.
    var isReleasing = false
    private(set) var finishes: [(job: JobID, finish: FinishKind)] = []
    private var commands: [SchedulerCommand] = []
    private var lastSerial = 0

    /// A bulk finish that is due.
    enum FinishKind: Hashable {
        case unavailable
        case closing(Closing)
    }

    init(limits: SchedulerLimits) {
        self.limits = limits
        budgets = SourceBudgets(limit: limits.maxDownloadsPerSource, isShared: limits.sharesSources)
    }

    /// Takes the commands that have come up since the last call.
    mutating func takeCommands() -> [SchedulerCommand] {
        defer { commands.removeAll(keepingCapacity: true) }
        return commands
    }

    mutating func issue(_ command: SchedulerCommand) { commands.append(command) }

    /// Jobs that the ledger doesn't list any more, or of another term: they are to be let go of before the merge.
    func lost(_ open: [OpenJob]) -> [JobID] {
        let terms = Dictionary(open.map { ($0.id, $0.term) }, uniquingKeysWith: { first, _ in first })
        return jobs.values.filter { terms[$0.id] != $0.term }.map(\.id)
    }

    /// Lets go of a job that isn't ours any more; says on how many hosts it was at work, nil if it wasn't ours.
    ///
    /// Agents are left to their work, and what they said is dropped: whoever has the job now attaches and hears it again.
    mutating func lose(_ id: JobID) -> Int? {
        guard let job = jobs.removeValue(forKey: id) else { return nil }
        for key in job.inFlight {
            issue(.abandon(key))
            timers.remove(.attempt(key))
            timers.remove(.grace(key))
            guard let attempt = attempts.removeValue(forKey: key), !attempt.isParked else { continue }
            for source in attempt.sources.keys { budgets.release(source) }
        }
        timers.remove(.deadline(id))
        budgets.withdrawPledge(of: id)
        finishes.removeAll { $0.job == id }
        notes.removeAll { $0.job == id }
        outbox.drop(of: id)
        return job.inFlight.count
    }

    /// Takes up what the ledger lists that it doesn't know.
    ///
    /// - Parameters:
    ///   - open: The ledger's list.
    ///   - now: The time.
    ///   - wall: The wall clock's reading.
    ///   - isPoll: Whether this is the slow poll, which takes nothing that memory says for granted.
    mutating func merge(_ open: [OpenJob], at now: Duration, wall: Timestamp, isPoll: Bool) {
        for job in open {
            if jobs[job.id] == nil {
                lastSerial += 1
                let entry = JobEntry(job, serial: lastSerial, at: now, wall: wall, relay: limits.relay)
                jobs[job.id] = entry
                timers.set(.deadline(job.id), at: entry.deadline)
                request(.unavailable, for: job.id)
            } else if isPoll {
                recheck(job.id, at: now)
            }
            if job.isCancelRequested { close(job.id, .cancelled, at: now) }
        }
    }

    /// Brings a job to its end: no more claims, its waiting hosts are finished, its attempts are stopped.
    mutating func close(_ id: JobID, _ closing: Closing, at now: Duration) {
        guard let job = jobs[id], job.closing == nil else { return }
        jobs[id]?.closing = closing
        jobs[id]?.claimableAt = nil
        jobs[id]?.waitingSince = nil
        budgets.withdrawPledge(of: id)
        timers.remove(.deadline(id))
        if !job.isGone { request(.closing(closing), for: id) }
        for key in job.inFlight { stop(key, at: now) }
    }

    /// Asks for the hosts that are down or disabled to be skipped in every job that goes on.
    mutating func requestSweeps() {
        for job in jobs.values where job.closing == nil { request(.unavailable, for: job.id) }
    }

    /// Tells people something of an exchange; of what hosts say of themselves and each other, only so much at once.
    mutating func tell(_ note: MeshNote) {
        let isTale = note.kind == .starved || note.kind == .peerFault
        if !isTale || notes.count < 1_000 { notes.append(note) }
    }

    /// Drops the first `count` notes: the ledger has them.
    mutating func dropNotes(_ count: Int) { notes.removeFirst(count) }

    /// Notes that the first of ``finishes`` is in the ledger.
    mutating func finishApplied() { finishes.removeFirst() }

    /// Forgets jobs that have ended.
    mutating func ended(_ ids: [JobID]) {
        for id in ids {
            jobs[id]?.isGone = true
            forgetIfGone(id)
        }
    }

    /// Drops a job once the ledger and its attempts are done with it.
    mutating func forgetIfGone(_ id: JobID) {
        guard let job = jobs[id], job.isGone, job.inFlight.isEmpty else { return }
        jobs[id] = nil
        timers.remove(.deadline(id))
        budgets.withdrawPledge(of: id)
        finishes.removeAll { $0.job == id }
    }

    private mutating func recheck(_ id: JobID, at now: Duration) {
        guard let job = jobs[id] else { return }
        if let closing = job.closing {
            if job.inFlight.isEmpty { request(.closing(closing), for: id) }
        } else if job.claimableAt == nil {
            jobs[id]?.claimableAt = now
        }
    }

    private mutating func request(_ finish: FinishKind, for id: JobID) {
        guard !finishes.contains(where: { $0.job == id && $0.finish == finish }) else { return }
        finishes.append((id, finish))
    }
}

/// What the scheduler wants done outside.
enum SchedulerCommand: Hashable, Sendable {
    /// Run a task, and say how it goes under this key.
    case start(AttemptKey, AgentTask, on: AgentPlace)
    /// Put a task that runs on its agent anew, with more than was asked before.
    case renew(AttemptKey, AgentTask, on: AgentPlace)
    /// Ask the agent to stop a task.
    case cancelAtAgent(AgentTask, on: AgentPlace)
    /// Stop listening to a task; its end has been decided.
    case abandon(AttemptKey)
}

/// Why a job is being brought to an end before its work is done.
enum Closing: Hashable, Sendable {
    /// Someone cancelled it.
    case cancelled
    /// Its time is up.
    case deadlineExceeded

    /// How its waiting hosts are finished.
    var bulkFinish: BulkFinish {
        switch self {
        case .cancelled: .cancelled
        case .deadlineExceeded: .deadlineExceeded
        }
    }
}

/// The numbers that the scheduler goes by; see ``DispatcherConfiguration`` for their meaning.
struct SchedulerLimits {
    var maxInFlight: Int
    var maxDownloadsPerSource: Int
    /// Whether others download from the same sources.
    var sharesSources = false
    var claimBatch: Int
    var retry: RetryPolicy
    var retryAfterLimit: Duration
    var cancelGrace: Duration
    /// When images are exchanged among hosts; nil for never.
    var relay: RelayRules?
}
