import Logging
import PrecacheModel

/// The dispatcher's loop: takes what has come in, lets the scheduler decide, and carries out what it decided.
///
/// Used by one task only, hence without locks and not Sendable.
final class DispatchLoop<Time: Clock> where Time.Duration == Duration {
    let shared: Dispatcher<Time>
    let start: Time.Instant
    var scheduler: Scheduler
    var watch: WallWatch
    var health: LedgerHealth
    var metrics: FanOutMetrics
    /// Whether it has taken over what the last process left.
    var hasRecovered = false
    /// Whether there may be more to take over.
    var isAdopting = true
    var hasRung = true
    /// Jobs of claims that failed, and those that others may have had: hosts of theirs may be claimed without an attempt.
    var doubtful: Set<JobID> = []
    var nextPoll = Duration.zero
    var nextSweep: Duration
    private var children: [AttemptKey: (task: Task<Void, Never>, number: Int)] = [:]
    private var followers = 0
    private var alarm: Alarm<Time>
    private var lastRound: Duration?
    private var stopBy: Duration?

    init(_ shared: Dispatcher<Time>) {
        let configuration = shared.configuration
        self.shared = shared
        start = shared.clock.now
        scheduler = Scheduler(
            limits: SchedulerLimits(
                maxInFlight: max(1, configuration.maxInFlight),
                maxDownloadsPerSource: configuration.maxDownloadsPerSource,
                sharesSources: shared.ledger.sharesSources,
                claimBatch: max(1, configuration.claimBatch),
                retry: configuration.retry,
                retryAfterLimit: configuration.retryAfterLimit,
                cancelGrace: configuration.cancelGrace,
                relay: configuration.relay
            )
        )
        watch = WallWatch(startingAt: shared.wall())
        health = LedgerHealth(retry: configuration.ledgerRetry)
        metrics = FanOutMetrics(shared.metrics)
        nextSweep = configuration.sweepInterval
        alarm = Alarm(clock: shared.clock, mailbox: shared.mailbox)
    }

    /// The time since the start.
    var now: Duration { start.duration(to: shared.clock.now) }

    /// Reads every clock.
    func readTime() -> SchedulerTime {
        let now = now
        let (time, hasJumped) = watch.read(shared.wall(), at: now)
        if hasJumped {
            shared.logger.warning("the wall clock has jumped", metadata: ["now": "\(time.wall)"])
        }
        return SchedulerTime(now: now, time: time, watch: watch)
    }

    /// Works until told to stop.
    func run(_ group: inout DiscardingTaskGroup) async {
        while !Task.isCancelled {
            let mail = shared.mailbox.take()
            apply(mail)
            if mail.isStopping { beginStop() }
            scheduler.mendMeshes()
            hasRung = hasRung || mail.hasRung
            isAdopting = isAdopting || mail.hasOrphans
            scheduler.fireTimers(jitter: shared.jitter, readTime())
            carryOut(&group)
            if isStopped { break }
            let didWork = await ledgerRound()
            carryOut(&group)
            publish()
            if isStopped { break }
            if !didWork { await sleep() }
        }
        alarm.cancel()
        for child in children.values { child.task.cancel() }
    }

    private func apply(_ mail: Mailbox.Mail) {
        for (key, images) in mail.progress {
            for (image, bytes) in images { show(image, of: key, at: bytes) }
        }
        guard !mail.events.isEmpty else { return }
        let time = readTime()
        for event in mail.events {
            switch event {
            case .agent(let key, .progress(let image, let bytes)): show(image, of: key, at: bytes)
            case .agent(let key, .outcome(let image, let outcome)):
                scheduler.received(outcome, of: image, key, time)
            case .agent(let key, .accepted):
                scheduler.accepted(key)
            case .agent(let key, .starved(let image)): scheduler.starved(image, key, time)
            case .agent(let key, .peerFault(let host, let image, let fault)):
                scheduler.faulted(host, image, fault, key, time)
            case .agent(_, .heartbeat), .agent(_, .end), .agent(_, .unknown): break
            case .ended(let key, let end, let number):
                // One whose place another has taken only says that it was let go of.
                guard children[key]?.number == number else { continue }
                children[key] = nil
                if let attempt = scheduler.attempts[key] {
                    metrics.attemptEnded(after: time.now - attempt.startedAt)
                }
                scheduler.ended(key, end, jitter: shared.jitter(), time)
            }
        }
    }

    private func show(_ image: ImageID, of key: AttemptKey, at bytes: ByteProgress) {
        guard let ordinal = scheduler.openImage(image, of: key) else { return }
        shared.progress.update(key.job, host: key.host, image: ordinal, to: bytes)
    }

    /// Carries out the scheduler's commands.
    private func carryOut(_ group: inout DiscardingTaskGroup) {
        for command in scheduler.takeCommands() {
            switch command {
            case .start(let key, let task, let agent):
                metrics.attemptBegan()
                follow(task, on: agent, key)
            case .renew(let key, let task, let agent):
                children[key]?.task.cancel()
                follow(task, on: agent, key)
            case .cancelAtAgent(let task, let agent):
                let caller = shared.caller
                group.addTask { await caller.cancel(task, on: agent) }
            case .abandon(let key):
                children[key]?.task.cancel()
                children[key] = nil
            }
        }
    }

    /// One task that follows one agent; a handle of its own, since it's cancelled alone.
    private func follow(_ task: AgentTask, on agent: AgentPlace, _ key: AttemptKey) {
        let caller = shared.caller
        let mailbox = shared.mailbox
        followers += 1
        let number = followers
        let child = Task(executorPreference: executor(for: agent)) {
            do throws(AgentFailure) {
                try await caller.run(task, on: agent) { mailbox.post(.agent(key, $0)) }
                mailbox.post(.ended(key, .finished, number))
            } catch {
                mailbox.post(.ended(key, .failed(error), number))
            }
        }
        children[key] = (child, number)
    }

    private func executor(for agent: AgentPlace) -> (any TaskExecutor)? {
        shared.executors.isEmpty ? nil : shared.executors[agent.loop(of: shared.executors.count)]
    }

    /// Lets go of every attempt in hand; what they said before counts.
    private func beginStop() {
        guard stopBy == nil else { return }
        stopBy = now + shared.configuration.stopLimit
        scheduler.isDraining = true
        for child in children.values { child.task.cancel() }
    }

    /// Whether a stop was asked for and is complete, or out of time.
    private var isStopped: Bool {
        guard let stopBy else { return false }
        return now >= stopBy || (children.isEmpty && scheduler.outbox.isEmpty)
    }

    private func publish() {
        var status = DispatcherStatus()
        status.isHealthy = hasRecovered && health.failures == 0
        status.ledgerProblem = health.problem
        status.openJobs = scheduler.jobs.count
        status.inFlight = scheduler.attempts.count
        status.unsavedReports = scheduler.outbox.reports.count
        shared.publish(status)
        metrics.show(status, sources: scheduler.budgets.inUse, queueAge: scheduler.queueAge(at: now))
    }

    /// Waits for word, or for the next moment at which something is due; not less than the group window after the last
    /// round.
    ///
    /// While the ledger may not be called, what needs it can't be due: waking for it would be a busy loop.
    private func sleep() async {
        let now = now
        let moments: [Duration?]
        if stopBy != nil, scheduler.outbox.isEmpty {
            moments = [stopBy]
        } else if let retryAt = health.retryAt {
            moments = [retryAt, stopBy, stopBy == nil ? scheduler.timers.next() : nil]
        } else {
            moments = [
                nextPoll, nextSweep, scheduler.timers.next(), scheduler.nextClaim(after: now), stopBy,
                scheduler.budgets.nextShare,
            ]
        }
        if let wake = moments.compactMap(\.self).min() { alarm.set(start.advanced(by: wake)) }
        await shared.mailbox.wait()
        let window = shared.configuration.groupWindow
        if let lastRound, stopBy == nil, self.now < lastRound + window {
            try? await shared.clock.sleep(until: start.advanced(by: lastRound + window), tolerance: nil)
        }
        lastRound = self.now
    }
}
