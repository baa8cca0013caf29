import PrecacheModel

extension Scheduler {
    /// Decides how many hosts of which jobs to claim now, and takes source budget for them.
    ///
    /// Three limits hold at once: the job's parallelism, the hosts in flight over all jobs, and the downloads per source
    /// over all jobs. Budget is taken for all the job's sources, since a host's remaining images aren't known before
    /// the claim; what isn't needed goes back with ``claimed(_:_:_:)``. A job that gets no budget takes no slot.
    mutating func planClaims(at now: Duration) -> [ClaimRequest] {
        guard !isDraining, outbox.isEmpty else { return [] }
        var picker = FairPicker()
        for job in jobs.values where job.wantsSlot(at: now) {
            picker.add(job.id, inFlight: job.inFlight.count, lastServed: job.lastServed, serial: job.serial)
            if job.waitingSince == nil { jobs[job.id]?.waitingSince = now }
        }
        let slots = min(limits.maxInFlight - attempts.count, limits.claimBatch)
        guard slots > 0 else { return [] }
        var budgets = self.budgets
        let deal = picker.deal(slots, turn: &turn) { id, granted in
            guard let job = jobs[id], job.inFlight.count + granted < job.parallelism else { return false }
            if budgets.take(job.sources, for: id) { return true }
            if job.inFlight.isEmpty && granted == 0 { budgets.pledge(job.sources, for: id) }
            return false
        }
        self.budgets = budgets
        return deal.map { grant in
            jobs[grant.job]?.lastServed = grant.lastTurn
            jobs[grant.job]?.waitingSince = nil
            return ClaimRequest(job: grant.job, limit: grant.slots)
        }
    }

    /// Gives back what ``planClaims(at:)`` took, since the claim failed.
    mutating func claimFailed(_ requests: [ClaimRequest]) {
        for request in requests {
            for source in jobs[request.job]?.sources ?? [] {
                budgets.release(source, count: request.limit)
            }
        }
    }

    /// Begins attempts on the hosts that a claim got.
    ///
    /// A host that is down or disabled is skipped at once instead; when the service is stopping, hosts are let go of.
    ///
    /// - Parameters:
    ///   - requests: What was asked for.
    ///   - answers: What the ledger answered.
    ///   - now: The time on all scales.
    mutating func claimed(_ requests: [ClaimRequest], _ answers: [ClaimAnswer], _ now: SchedulerTime) {
        claimFailed(requests)
        let limits = Dictionary(requests.map { ($0.job, $0.limit) }, uniquingKeysWith: { first, _ in first })
        for answer in answers {
            guard let limit = limits[answer.job], let job = jobs[answer.job] else { continue }
            for host in answer.hosts { begin(host, of: job, now) }
            guard answer.hosts.count < limit else { continue }
            jobs[answer.job]?.claimableAt = answer.nextDue.map { due in
                let moment = now.watch.moment(due)
                // A ledger that calls a host due and doesn't give it must not be asked again at once.
                return moment > now.now ? moment : now.now + .seconds(1)
            }
        }
    }

    private mutating func begin(_ host: ClaimedHost, of job: JobEntry, _ now: SchedulerTime) {
        let key = AttemptKey(job: job.id, host: host.ordinal, attempt: host.attempt)
        guard attempts[key] == nil else { return }
        guard !isReleasing else { return outbox.add(key, [], next: .released) }
        let images = host.images.filter { job.images.indices.contains($0) }
        let strangers = host.images.filter { !job.images.indices.contains($0) }.map {
            ImageReport(
                image: $0,
                ImageOutcome(.error, reason: .internal, detail: "the job has no such image")
            )
        }
        guard !images.isEmpty else { return outbox.add(key, strangers, next: .done) }
        if !strangers.isEmpty { outbox.add(key, strangers, next: .goesOn) }
        let obstacle = Availability.obstacle(
            host,
            heartbeatsSince: now.watch.heartbeatsSince,
            wall: now.time.wall
        )
        if let obstacle {
            let skipped = images.map {
                ImageReport(
                    image: $0,
                    ImageOutcome(.skipped, reason: obstacle.reason, detail: obstacle.detail)
                )
            }
            return outbox.add(key, skipped, next: .done)
        }
        let timeout = min(job.limits.hostTimeout, max(.seconds(1), job.deadline - now.now))
        let task = AgentTask(
            id: TaskID(job: job.id, host: host.ordinal),
            job: job.id,
            attempt: host.attempt,
            timeout: timeout,
            keep: job.limits.keep,
            images: images.count == job.images.count ? job.images : images.map { job.images[$0] }
        )
        let attempt = Attempt(
            task: task,
            on: host.place,
            ordinals: images,
            imageSources: images.map { job.imageSources[$0] },
            startedAt: now.now
        )
        budgets.add(attempt.sources.keys)
        attempts[key] = attempt
        jobs[job.id]?.inFlight.insert(key)
        timers.set(.attempt(key), at: now.now + timeout)
        issue(.start(key, task, on: host.place))
    }
}

/// Whether a claimed host can take work now.
struct Availability: Equatable {
    /// Why it can't.
    let reason: Reason
    /// The same for people.
    let detail: String

    /// Judges a host: disabled, down, or nil if it's worth an attempt.
    ///
    /// - Parameters:
    ///   - host: The host.
    ///   - heartbeatsSince: Since when heartbeats can be judged; see ``BulkFinish/unavailable(heartbeatsSince:)``.
    ///   - wall: The wall clock's reading.
    /// - Returns: Why it can't take work, or nil.
    static func obstacle(
        _ host: ClaimedHost,
        heartbeatsSince: Timestamp,
        wall: Timestamp
    ) -> Availability? {
        guard host.isEnabled else {
            return Availability(reason: .hostDisabled, detail: "the inventory says that it takes no work")
        }
        guard let last = host.heartbeatAt,
            HostState.of(
                receivedAt: max(last, heartbeatsSince),
                interval: host.heartbeatInterval,
                now: wall
            ) == .down
        else { return nil }
        return Availability(reason: .hostDown, detail: "no heartbeat since \(last)")
    }
}
