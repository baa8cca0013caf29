import Logging
import PrecacheModel

/// Tells one endpoint of everything that it wants to hear: in order within a job, several jobs at a time.
///
/// What is left to do follows from the database; here is only what is under way. A slow endpoint has no courier but its
/// own to hold up.
actor EndpointCourier {
    /// Something to be done beside the actor.
    enum Work {
        /// Deliver what a job has.
        case deliver(JobID)
        /// Look at a job again after a while.
        case wake(JobID, after: Duration)
        /// Write progress down after a while.
        case write(after: Duration)
    }

    let environment: OutboxEnvironment
    let writer: DeliveryWriter
    /// The endpoint; its health is out of date.
    private(set) var target: WebhookTarget
    /// Rises when lanes no longer fit the target.
    private(set) var generation = 0

    var health: WebhookHealth
    /// Until when the endpoint has asked to be left alone.
    var quietUntil: Timestamp?
    var lanes: [JobID: JobLane] = [:]

    /// Jobs that wait for a free place, in order.
    private var queue: [JobID] = []
    private var queued: Set<JobID> = []
    /// Jobs that are being delivered.
    private var active: Set<JobID> = []
    /// Active jobs that have changed meanwhile.
    private var changed: Set<JobID> = []
    /// Jobs that are looked at again later.
    private var resting: Set<JobID> = []

    /// What hasn't been written down yet.
    var progress = DeliveryProgress()
    private var isWriteDue = false
    private let work: AsyncStream<Work>
    private let list: AsyncStream<Work>.Continuation

    init(_ target: WebhookTarget, _ environment: OutboxEnvironment) {
        self.target = target
        self.environment = environment
        health = target.health
        writer = DeliveryWriter(store: environment.store, environment.configuration)
        (work, list) = AsyncStream.makeStream(of: Work.self)
    }

    var isPaused: Bool { health.pausedAt != nil }

    /// Delivers until ``stop()`` or until the task is cancelled; then writes down how far it came.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await item in work {
                group.addTask { await self.perform(item) }
            }
            group.cancelAll()
        }
        await write()
    }

    /// Ends ``run()``.
    nonisolated func stop() { list.finish() }

    /// Looks at jobs that may have something for the endpoint.
    func note(_ jobs: some Collection<JobID>) {
        for job in jobs { enqueue(job) }
        pump()
    }

    /// Takes what an operator has changed, and looks at all that is open.
    func update(_ new: WebhookTarget) async {
        if new.entry != target.entry {
            generation += 1
            // What the old address asked for says nothing of the new one.
            quietUntil = nil
            resting.removeAll()
        }
        let isResumed = new.resumes != target.resumes
        target.entry = new.entry
        target.secret = new.secret
        target.resumes = new.resumes
        if isResumed { resume() }
        await lookAtAll()
    }

    /// Goes on after a pause, at once.
    private func resume() {
        health = WebhookHealth(lastError: health.lastError, lastDeliveryAt: health.lastDeliveryAt)
        quietUntil = nil
        resting.removeAll()
        noteHealth()
    }

    /// Finds all jobs that have something for the endpoint, paused or not, so that what is too old is given up in time.
    func lookAtAll() async {
        do throws(StoreError) {
            note(try await environment.store.openJobs(of: target.id))
        } catch {
            environment.logger.warning(
                "a webhook's events could not be looked for",
                metadata: ["webhook": "\(target.entry.name)", "error": "\(error)"]
            )
        }
    }

    private func perform(_ item: Work) async {
        switch item {
        case .deliver(let job): settle(job, await deliver(job))
        case .wake(let job, let delay):
            guard (try? await environment.sleep(delay)) != nil else { return }
            resting.remove(job)
            note([job])
        case .write(let delay):
            guard (try? await environment.sleep(delay)) != nil else { return }
            await write()
        }
    }

    private func enqueue(_ job: JobID) {
        if active.contains(job) {
            changed.insert(job)
        } else if !resting.contains(job), queued.insert(job).inserted {
            queue.append(job)
        }
    }

    private func pump() {
        while active.count < environment.configuration.jobsAtOnce, !queue.isEmpty {
            let job = queue.removeFirst()
            queued.remove(job)
            active.insert(job)
            list.yield(.deliver(job))
        }
    }

    private func settle(_ job: JobID, _ end: LaneEnd) {
        active.remove(job)
        let hasChanged = changed.remove(job) != nil
        switch end {
        case .caughtUp: if hasChanged { enqueue(job) }
        case .gone: lanes[job] = nil
        case .held: break
        case .rests(let delay):
            resting.insert(job)
            list.yield(.wake(job, after: delay))
        }
        pump()
    }

    /// Has progress written down soon.
    func writeSoon() {
        guard !isWriteDue else { return }
        isWriteDue = true
        list.yield(.write(after: environment.configuration.writeDelay))
    }

    func write() async {
        isWriteDue = false
        guard !progress.isEmpty else { return }
        let written = progress
        progress = DeliveryProgress()
        do throws(StoreError) {
            try await environment.store.write(written, of: target.id)
        } catch {
            progress = written.merged(with: progress)
            environment.logger.warning(
                "a webhook's progress could not be written",
                metadata: ["webhook": "\(target.entry.name)", "error": "\(error)"]
            )
            writeSoon()
        }
    }

    func noteHealth() {
        progress.health = health
        writeSoon()
    }
}
