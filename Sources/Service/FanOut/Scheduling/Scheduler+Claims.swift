import PrecacheModel

extension Scheduler {
    /// Decides how many hosts of which jobs to claim now, and takes source budget for them.
    ///
    /// Three limits hold at once: the job's parallelism, the hosts in flight over all jobs, and the downloads per source
    /// over all jobs. Budget is taken for all the job's sources, since a host's remaining images aren't known before
    /// the claim; what isn't needed goes back with ``claimed(_:_:_:)``. A job that gets no budget takes no slot.
    mutating func planClaims(at now: Duration) -> [ClaimRequest] {
        guard !isDraining, outbox.isEmpty else { return [] }
        // By turns who goes first where a unit comes free: hosts that wait for one, or those of other jobs.
        defer { if turn % 2 == 0 { unpark(at: now) } }
        if turn % 2 == 1 { unpark(at: now) }
        var picker = FairPicker()
        for job in jobs.values where job.wantsSlot(at: now) {
            picker.add(
                job.id,
                inFlight: job.inFlight.count,
                priority: job.limits.priority,
                lastServed: job.lastServed,
                serial: job.serial
            )
            if job.waitingSince == nil { jobs[job.id]?.waitingSince = now }
        }
        let slots = min(limits.maxInFlight - attempts.count, limits.claimBatch)
        guard slots > 0 else { return [] }
        var budgets = self.budgets
        let deal = picker.deal(slots, turn: &turn) { id, granted in
            guard let job = jobs[id], job.inFlight.count + granted < job.width, job.parked < job.parallelism
            else { return false }
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
            let able = answer.hosts.filter { admit($0, to: job, now) }
            let orders = jobs[answer.job]?.meshes?.add(able, at: now.now, using: &random) ?? [:]
            for host in able { begin(host, of: job, orders[host.ordinal] ?? [:], now) }
            guard answer.hosts.count < limit else { continue }
            jobs[answer.job]?.claimableAt = answer.nextDue.map { due in
                let moment = now.watch.moment(due)
                // A ledger that calls a host due and doesn't give it must not be asked again at once.
                return moment > now.now ? moment : now.now + .seconds(1)
            }
        }
        // Last, so that the units that claims have taken aren't given away before their hosts begin.
        unpark(at: now.now)
    }

    /// Whether an attempt on a host that was claimed is to be begun; what becomes of the host otherwise is reported.
    private mutating func admit(_ host: ClaimedHost, to job: JobEntry, _ now: SchedulerTime) -> Bool {
        let key = AttemptKey(job: job.id, host: host.ordinal, attempt: host.attempt)
        guard attempts[key] == nil else { return false }
        guard !isReleasing else {
            outbox.add(key, [], next: .released)
            return false
        }
        let images = host.images.filter { job.images.indices.contains($0) }
        let strangers = host.images.filter { !job.images.indices.contains($0) }.map {
            ImageReport(
                image: $0,
                ImageOutcome(.error, reason: .internal, detail: "the job has no such image")
            )
        }
        guard !images.isEmpty else {
            outbox.add(key, strangers, next: .done)
            return false
        }
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
            outbox.add(key, skipped, next: .done)
            return false
        }
        return true
    }

    private mutating func begin(
        _ host: ClaimedHost,
        of job: JobEntry,
        _ orders: JobMeshes.Orders,
        _ now: SchedulerTime
    ) {
        let key = AttemptKey(job: job.id, host: host.ordinal, attempt: host.attempt)
        let images = host.images.filter { job.images.indices.contains($0) }
        var task = AgentTask(
            id: TaskID(job: job.id, host: host.ordinal),
            job: job.id,
            attempt: host.attempt,
            timeout: job.limits.hostTimeout,
            keep: job.limits.keep,
            images: images.map { image in
                var ordered = job.images[image]
                ordered.relay = orders[image]
                if let order = orders[image], order.seed == nil { ordered.sources = [] }
                return ordered
            }
        )
        task.join(job.trace)
        var attempt = Attempt(
            task: task,
            on: host.place,
            zone: host.zone,
            ordinals: images,
            imageSources: images.map { image in
                orders[image].map { $0.seed == nil } == true ? nil : job.imageSources[image]
            },
            startedAt: now.now
        )
        attempt.isLone = images.contains { job.meshes?.exchanges($0) == true && orders[$0] == nil }
        for image in images where orders[image]?.seed != nil {
            tell(.init(job: job.id, kind: .seed, host: host.name, image: image, detail: "reads the source"))
        }
        jobs[job.id]?.inFlight.insert(key)
        attempts[key] = attempt
        let isCovered = attempt.sources.keys.allSatisfy(job.sources.contains)
        if isCovered && !attempt.isLone {
            budgets.add(attempt.sources.keys)
            start(key, at: now.now)
        } else {
            attempts[key]?.isParked = true
            jobs[job.id]?.parked += 1
            parked.append(key)
        }
    }

    /// Calls the agent of an attempt that has its budget.
    private mutating func start(_ key: AttemptKey, at now: Duration) {
        guard let job = jobs[key.job] else { return }
        let timeout = min(job.limits.hostTimeout, max(.seconds(1), job.deadline - now))
        attempts[key]?.start(at: now, timeout: timeout)
        guard let attempt = attempts[key] else { return }
        if attempt.isLone { jobs[key.job]?.lone += 1 }
        timers.set(.attempt(key), at: now + timeout)
        issue(.start(key, attempt.task, on: attempt.agent))
    }

    /// Begins an attempt that reads sources of which no claim has taken budget.
    private mutating func startIfBudgeted(_ key: AttemptKey, at now: Duration) -> Bool {
        guard let attempt = attempts[key], let job = jobs[key.job],
            !attempt.isLone || job.lone < job.parallelism,
            budgets.take(Array(attempt.sources.keys), for: key.job)
        else { return false }
        jobs[key.job]?.parked -= 1
        start(key, at: now)
        return true
    }

    /// How long a host is kept that waits for its source; then what the inventory says of it is looked up anew.
    private static let parkingTime = Duration.seconds(30)

    /// Begins the attempts for which there is budget now.
    private mutating func unpark(at now: Duration) {
        guard !parked.isEmpty else { return }
        var left: [AttemptKey] = []
        for key in parked {
            guard let attempt = attempts[key], attempt.isParked, !attempt.isStopping else { continue }
            if startIfBudgeted(key, at: now) { continue }
            // As with claims: who has several sources would wait for ever beside those with one.
            budgets.pledge(Array(attempt.sources.keys), for: key.job)
            if now - attempt.startedAt < Self.parkingTime { left.append(key) } else { letGo(key, at: now) }
        }
        parked = left
    }

    /// Lets go of a host whose agent wasn't called.
    private mutating func letGo(_ key: AttemptKey, at now: Duration) {
        attempts[key] = nil
        outbox.add(key, [], next: .released)
        guard var job = jobs[key.job] else { return }
        job.inFlight.remove(key)
        job.parked -= 1
        job.claimableAt = min(job.claimableAt ?? now, now)
        jobs[key.job] = job
        if job.parked == 0 { budgets.withdrawPledge(of: key.job) }
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
