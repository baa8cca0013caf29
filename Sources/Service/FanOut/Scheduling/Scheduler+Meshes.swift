import PrecacheModel

extension Scheduler {
    /// How long a host that gave others something wrong, or reached nobody, is kept out of meshes.
    private static let barred = Duration.seconds(86_400)
    private static let alone = Duration.seconds(3_600)
    /// Hosts whose faults are counted, for how long, and how many a host may accuse in one attempt.
    private static let faultLimit = 10_000
    private static let faultMemory = Duration.seconds(3_600)
    private static let accusations = 8
    /// How long an agent may take to find what it is to give: should it be gone, it isn't fetched again.
    private static let givingTimeout = Duration.seconds(30)

    /// An image that a host exchanged has its outcome there: what follows for the others.
    mutating func ended(_ image: Int, _ key: AttemptKey, _ outcome: ImageOutcome, _ now: SchedulerTime) {
        guard let host = attempts[key]?.agent.host,
            let consequence = jobs[key.job]?.meshes?.ended(image, on: key.host, outcome, at: now.now)
        else { return }
        switch consequence {
        case .none: break
        case .holds:
            guard var task = attempts[key]?.task else { return }
            for index in task.images.indices { task.images[index].relay = nil }
            jobs[key.job]?.meshes?.keep(.init(key: key, task: task), of: image)
        case .alone:
            tell(
                .init(
                    job: key.job,
                    kind: .alone,
                    host: host,
                    image: image,
                    detail: outcome.detail ?? "",
                    isOutUntil: now.time.wall + Self.alone
                )
            )
        case .seedLost:
            guard let next = jobs[key.job]?.meshes?.successor(image),
                let other = jobs[key.job]?.inFlight.first(where: { $0.host == next })
            else { return }
            promote(image, other, now, why: "reads the source in place of \(host)")
        case .dissolved:
            jobs[key.job]?.findSources()
            for other in jobs[key.job]?.inFlight ?? [] where other != key {
                recall(other, image, at: now.now)
            }
        }
    }

    /// An attempt ends: of what it has no outcome of, its host gives nothing to others.
    mutating func leaveMeshes(_ key: AttemptKey, _ now: SchedulerTime) {
        guard let attempt = attempts[key] else { return }
        for image in attempt.task.images where image.relay != nil {
            guard let ordinal = attempt.openOrdinal(of: image.id) else { continue }
            ended(ordinal, key, ImageOutcome(.error, reason: .agentUnreachable), now)
        }
    }

    /// Stops an attempt that waits for neighbours from whom nothing will come; the next one fetches for itself.
    private mutating func recall(_ key: AttemptKey, _ image: Int, at now: Duration) {
        guard let job = jobs[key.job], let attempt = attempts[key], attempt.exchanges(job.images[image].id),
            attempt.openOrdinal(of: job.images[image].id) != nil
        else { return }
        attempts[key]?.isRecalled = true
        stop(key, at: now)
    }

    /// A host finds what is missing of an image nowhere.
    mutating func starved(_ image: ImageID, _ key: AttemptKey, _ now: SchedulerTime) {
        guard let ordinal = openImage(image, of: key), let attempt = attempts[key] else { return }
        tell(
            .init(
                job: key.job,
                kind: .starved,
                host: attempt.agent.host,
                image: ordinal,
                detail: "none of its neighbours has what it misses"
            )
        )
        if jobs[key.job]?.meshes?.relieves(ordinal, key.host) == true { return }
        // Whoever is put out under way, on the word of others, can't be made a seed: it fetches for itself.
        if jobs[key.job]?.meshes?.isOut(key.host) == true { return recall(key, ordinal, at: now.now) }
        promote(ordinal, key, now, why: "reads the source, as nobody had what it missed")
    }

    /// Has some of those that had an image before give it, and sends to them whoever was sent to the others.
    mutating func mendMeshes() {
        guard !isDraining else { return }
        for id in jobs.keys where jobs[id]?.closing == nil {
            for mending in jobs[id]?.meshes?.mend(using: &random) ?? [] {
                for (holder, order) in mending.givers { give(mending.image, holder, order) }
                guard !mending.members.isEmpty, let job = jobs[id] else { continue }
                let keys = Dictionary(job.inFlight.map { ($0.host, $0) }, uniquingKeysWith: { one, _ in one })
                for (host, order) in mending.members {
                    if let key = keys[host] { reorder(job.images[mending.image].id, key, order) }
                }
            }
        }
    }

    /// Tells a host to give what it had before; its attempt may have ended since.
    private mutating func give(_ image: Int, _ holder: JobMeshes.Holder, _ order: RelayOrder) {
        guard let job = jobs[holder.key.job] else { return }
        let (id, sources) = (job.images[image].id, job.images[image].sources)
        attempts[holder.key]?.give(id, order, sources)
        if let attempt = attempts[holder.key] {
            if !attempt.isStopping { issue(.renew(holder.key, attempt.task, on: attempt.agent)) }
            return
        }
        guard let agent = job.meshes?.place(of: holder.key.host) else { return }
        var task = holder.task
        task.timeout = Self.givingTimeout
        for index in task.images.indices where task.images[index].id == id {
            (task.images[index].relay, task.images[index].sources) = (order, sources)
        }
        issue(.renew(holder.key, task, on: agent))
    }

    /// Tells a member under way of other neighbours.
    private mutating func reorder(_ image: ImageID, _ key: AttemptKey, _ order: RelayOrder) {
        attempts[key]?.reorder(image, order)
        guard let attempt = attempts[key], !attempt.isStopping, !attempt.isParked else { return }
        issue(.renew(key, attempt.task, on: attempt.agent))
    }

    /// Makes a host a seed under way, if there is budget for it.
    private mutating func promote(_ image: Int, _ key: AttemptKey, _ now: SchedulerTime, why: String) {
        guard !isDraining, let job = jobs[key.job], job.closing == nil, let attempt = attempts[key],
            !attempt.isStopping,
            !attempt.isParked
        else { return }
        let source = job.imageSources[image]
        guard attempt.sources[source] != nil || budgets.take([source], for: key.job) else { return }
        guard let order = jobs[key.job]?.meshes?.promote(image, key.host, at: now.now) else {
            if attempt.sources[source] == nil { budgets.release(source) }
            return
        }
        attempts[key]?.becomeSeed(
            job.images[image].id,
            order,
            sources: job.images[image].sources,
            at: source
        )
        tell(.init(job: key.job, kind: .seed, host: attempt.agent.host, image: image, detail: why))
        guard let task = attempts[key]?.task else { return }
        issue(.renew(key, task, on: attempt.agent))
    }

    /// A host says that another gave it something wrong; once two say so, nobody is sent to it any more.
    mutating func faulted(
        _ culprit: HostName,
        _ image: ImageID,
        _ fault: String,
        _ key: AttemptKey,
        _ now: SchedulerTime
    ) {
        guard let ordinal = openImage(image, of: key), let reporter = attempts[key]?.agent.host,
            jobs[key.job]?.meshes?.has(culprit) == true
        else { return }
        tell(
            .init(
                job: key.job,
                kind: .peerFault,
                host: culprit,
                image: ordinal,
                detail: "\(reporter) says: \(fault)"
            )
        )
        attempts[key]?.accusations += 1
        if faults[culprit] == nil, faults.count >= Self.faultLimit {
            faults = faults.filter { $0.value.values.contains { now.now - $0 < Self.faultMemory } }
        }
        guard faults[culprit] != nil || faults.count < Self.faultLimit,
            attempts[key]?.accusations ?? 0 <= Self.accusations
        else { return }
        faults[culprit, default: [:]][reporter] = now.now
        guard let said = faults[culprit]?.values.filter({ now.now - $0 < Self.faultMemory }), said.count > 1
        else { return }
        faults[culprit] = nil
        for id in jobs.keys { jobs[id]?.meshes?.shun(culprit, at: now.now) }
        tell(
            .init(
                job: key.job,
                kind: .barred,
                host: culprit,
                image: ordinal,
                detail: "two hosts say that it gave them something wrong; the last, \(reporter): \(fault)",
                isOutUntil: now.time.wall + Self.barred
            )
        )
    }
}
