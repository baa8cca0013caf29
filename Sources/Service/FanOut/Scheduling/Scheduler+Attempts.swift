import PrecacheModel

extension Scheduler {
    /// The ordinal of an image whose download an attempt still works on; nil for what came too late.
    func openImage(_ image: ImageID, of key: AttemptKey) -> Int? {
        attempts[key]?.openOrdinal(of: image)
    }

    /// Takes an agent's word that it has the task.
    ///
    /// One that was asked to stop before it had the task knew nothing of it then: it's asked again.
    mutating func accepted(_ key: AttemptKey) {
        guard let attempt = attempts[key], attempt.isStopping, jobs[key.job]?.closing != nil else { return }
        issue(.cancelAtAgent(attempt.task, on: attempt.agent))
    }

    /// Has agents told that nobody wants a task any more that a process that is gone had begun.
    mutating func leftAtWork(_ hosts: [ClaimedHost], of job: JobID) {
        for host in hosts {
            let task = AgentTask(
                id: TaskID(job: job, host: host.ordinal),
                job: job,
                attempt: host.attempt,
                timeout: .zero,
                images: []
            )
            issue(.cancelAtAgent(task, on: host.place))
        }
    }

    /// Takes an outcome from an agent.
    mutating func received(
        _ outcome: ImageOutcome,
        of image: ImageID,
        _ key: AttemptKey,
        _ now: SchedulerTime
    ) {
        let (ordinal, exchanged) = (openImage(image, of: key), attempts[key]?.exchanges(image) == true)
        guard let (report, freed) = attempts[key]?.take(outcome, of: image) else { return }
        if let freed { budgets.release(freed) }
        if exchanged, let ordinal, outcome.outcome != .cancelled { ended(ordinal, key, outcome, now) }
        if let report { outbox.add(key, [report], next: .goesOn) }
    }

    /// Takes the end of an attempt, and decides what becomes of the host.
    ///
    /// When the service is stopping, an attempt that was cut off is left claimed in the ledger: the next start attaches
    /// to it.
    mutating func ended(_ key: AttemptKey, _ end: AttemptEnd, jitter: Double, _ now: SchedulerTime) {
        if !isDraining { leaveMeshes(key, now) }
        guard let attempt = attempts.removeValue(forKey: key) else { return }
        timers.remove(.attempt(key))
        timers.remove(.grace(key))
        if !attempt.isParked { for source in attempt.sources.keys { budgets.release(source) } }
        if attempt.isLone, !attempt.isParked { jobs[key.job]?.lone -= 1 }
        if attempt.isParked { jobs[key.job]?.parked -= 1 }
        jobs[key.job]?.inFlight.remove(key)
        defer { forgetIfGone(key.job) }
        if isDraining, end != .finished { return }
        guard let job = jobs[key.job] else { return }
        let circumstances = Verdict.Circumstances(
            closing: job.closing,
            limits: job.limits,
            excused: job.meshes?.excused(key.host) ?? 0,
            timeLeft: job.deadline - now.now,
            retry: limits.retry,
            retryAfterLimit: limits.retryAfterLimit,
            jitter: jitter
        )
        let verdict = Verdict.judge(attempt, end, circumstances)
        if attempt.isRecalled || attempt.isAlone { jobs[key.job]?.meshes?.excuse(key.host) }
        if let pause = verdict.retryIn {
            let due = now.now + pause
            jobs[key.job]?.claimableAt = min(job.claimableAt ?? due, due)
            outbox.add(key, verdict.images, next: .retry(at: now.watch.steady(due)))
        } else {
            outbox.add(key, verdict.images, next: .done)
        }
    }

    /// Asks the agent to stop, and gives it a moment to say what it has done.
    mutating func stop(_ key: AttemptKey, at now: Duration) {
        guard let attempt = attempts[key], !attempt.isStopping else { return }
        attempts[key]?.isStopping = true
        // Its agent knows nothing of it.
        guard !attempt.isParked else { return timers.set(.grace(key), at: now) }
        timers.remove(.attempt(key))
        timers.set(.grace(key), at: now + limits.cancelGrace)
        issue(.cancelAtAgent(attempt.task, on: attempt.agent))
    }

    /// Does what is due by now.
    ///
    /// - Parameters:
    ///   - jitter: Gives random numbers from 0 to 1.
    ///   - now: The time on all scales.
    mutating func fireTimers(jitter: () -> Double, _ now: SchedulerTime) {
        guard !isDraining else { return }
        while let timer = timers.pop(at: now.now) {
            switch timer {
            case .deadline(let job):
                close(job, .deadlineExceeded, at: now.now)
            case .attempt(let key):
                attempts[key]?.hasTimedOut = true
                stop(key, at: now.now)
            case .grace(let key):
                issue(.abandon(key))
                // The first word may have overtaken the task. A later attempt of the same name must not be hit by it.
                if let attempt = attempts[key], !attempt.isParked, jobs[key.job]?.closing != nil {
                    issue(.cancelAtAgent(attempt.task, on: attempt.agent))
                }
                ended(key, .timedOut, jitter: jitter(), now)
            }
        }
    }

    /// When a host is due for another attempt next.
    func nextClaim(after now: Duration) -> Duration? {
        jobs.values.lazy.filter { $0.closing == nil }.compactMap(\.claimableAt).filter { $0 > now }.min()
    }

    /// How long the job that has waited longest for a slot has waited.
    func queueAge(at now: Duration) -> Duration {
        jobs.values.compactMap(\.waitingSince).min().map { now - $0 } ?? .zero
    }
}
