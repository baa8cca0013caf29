import DequeModule
package import HTTPFetching
package import ImageCache
package import Logging
package import PrecacheModel
package import Reactor
import Telemetry

/// Takes tasks, works them off, and remembers for a while what became of them.
///
/// A task outlives whoever watches it. A newer attempt takes over what is running and begins anew only what didn't end
/// well.
package actor TaskDesk {
    private let context: PullContext
    let downloads: Downloads
    private var tasks: [TaskID: DeskEntry] = [:]
    private var finished: Deque<(id: TaskID, attempt: Int, at: ContinuousClock.Instant)> = []
    private var running = 0
    private var serial = 0
    private var isStopping = false

    /// The desk lives on the loop that fetches.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        context.loop.asUnownedSerialExecutor()
    }

    /// A desk with nothing on it.
    ///
    /// - Parameters:
    ///   - cache: Where images go; nil where the host's storage needs no cache, so that every image ends `unsupported`.
    ///   - room: Who evicts what is unused where the disk is short; nil for nobody.
    ///   - fetcher: What fetches them; on the same loop, best.
    ///   - shelf: What this host gives to its neighbours.
    ///   - loop: Where the work is driven from; it has to outlive the desk.
    ///   - configuration: Limits and times.
    ///   - metrics: What is counted.
    ///   - logger: What is logged to, with task, job and image; never a source's query or headers.
    package init(
        cache: ImageCache?,
        room: (any RoomMaker)? = nil,
        fetcher: HTTPFetcher,
        shelf: RelayShelf = RelayShelf(),
        loop: EventLoop,
        configuration: PullConfiguration,
        metrics: PullMetrics,
        logger: Logger
    ) {
        context = PullContext(
            cache: cache,
            room: room,
            fetcher: fetcher,
            shelf: shelf,
            loop: loop,
            configuration: configuration,
            gate: DownloadGate(width: configuration.concurrentDownloads),
            limiter: RateLimiter(bytesPerSecond: configuration.rateBytesPerSecond, loop: loop),
            metrics: metrics,
            logger: logger
        )
        downloads = Downloads(context)
    }

    /// Takes a task, or attaches to it if it is known with this attempt.
    ///
    /// - Returns: What is followed to hear of it; letting go of it doesn't stop the task.
    /// - Throws: ``PullRefusal``.
    package func submit(_ task: AgentTask) throws(PullRefusal) -> PullWatch {
        guard !isStopping else { throw .stopping }
        prune()
        guard let entry = tasks[task.id] else {
            let limit = context.configuration.runningTasks
            guard running < limit else { throw .tooManyTasks(limit) }
            let inHand = tasks.values.reduce(0) { $0 + $1.workers.count }
            // However many images it has, one task alone may always begin.
            guard inHand == 0 || inHand + task.images.count <= context.configuration.imagesInHand else {
                throw .tooManyImages(inHand)
            }
            let entry = DeskEntry(TaskState(task))
            tasks[task.id] = entry
            begin(entry, task)
            return watch(entry, attached: false)
        }
        let known = entry.state.current.task
        guard task.attempt >= known.attempt else { throw .staleAttempt(current: known.attempt) }
        guard task.attempt > known.attempt else {
            guard task.wish == known.wish else { throw .conflict }
            refresh(task)
            return watch(entry, attached: true)
        }
        supersede(entry, with: task)
        return watch(entry, attached: false)
    }

    /// Cancels a task: images that aren't done end `cancelled`.
    ///
    /// Returns whether the task is known. Throws `staleAttempt` where an attempt later than the one that is meant goes on.
    package func cancel(_ id: TaskID, attempt: Int? = nil) throws(PullRefusal) -> Bool {
        prune()
        guard let entry = tasks[id] else { return false }
        let known = entry.state.current.task.attempt
        if let attempt, attempt < known { throw .staleAttempt(current: known) }
        end(entry, PullFailure(.cancelled, "the task was cancelled"))
        return true
    }

    /// A task as it stands, or nil if it isn't known.
    package func snapshot(_ id: TaskID) -> PullSnapshot? {
        prune()
        return tasks[id].map { PullSnapshot($0.state.current) }
    }

    /// All tasks that are known, by id.
    package func snapshots() -> [PullSnapshot] {
        prune()
        return tasks.values.map { PullSnapshot($0.state.current) }.sorted { $0.id < $1.id }
    }

    package var runningTasks: Int { running }

    /// Stops all work, keeping what was fetched, and lets all watchers go; takes no task afterwards.
    package func stop() async {
        isStopping = true
        for entry in tasks.values {
            entry.state.change { $0.isAbandoned = true }
            entry.timer?.cancel()
            for worker in entry.workers.values { worker.task.cancel() }
        }
        context.shelf.closeAll()
        await downloads.stop()
    }

    // MARK: Working

    private func begin(_ entry: DeskEntry, _ task: AgentTask) {
        running += 1
        context.metrics.runningTasks.set(Double(running))
        context.logger.info(
            "task begins",
            metadata: [
                "task": "\(task.id)", "job": "\(task.job)", "attempt": "\(task.attempt)",
                "images": "\(task.images.count)", "trace": "\(task.trace?.traceID ?? "-")",
            ]
        )
        for image in task.images where entry.workers[image.id] == nil && entry.lacks(image.id) {
            work(on: image, entry)
        }
        entry.timer = Task(executorPreference: context.loop) { [loop = context.loop] in
            guard (try? await loop.sleep(for: task.timeout)) != nil else { return }
            await self.expire(task.id, task.attempt, task.timeout)
        }
        finishIfDone(entry)
    }

    private func work(on image: OrderedImage, _ entry: DeskEntry) {
        serial += 1
        let number = serial
        let (task, state, downloads) = (entry.state.current.task, entry.state, downloads)
        let (id, keep) = (task.id, task.keep)
        let worker = Task(executorPreference: context.loop) {
            let outcome = await downloads.obtain(image, keep: keep) { progress in
                state.change { $0.progress[image.id] = progress }
            }
            await self.record(outcome, of: image.id, task: id, worker: number)
        }
        entry.workers[image.id] = (number, worker)
    }

    private func record(
        _ outcome: ImageOutcome,
        of image: ImageID,
        task id: TaskID,
        worker number: Int
    ) {
        guard let entry = tasks[id], entry.workers[image]?.number == number else { return }
        entry.workers[image] = nil
        tell(outcome, of: image, entry)
        finishIfDone(entry)
    }

    private func tell(_ outcome: ImageOutcome, of image: ImageID, _ entry: DeskEntry) {
        entry.state.change { $0.outcomes.append((image, outcome)) }
        context.metrics.count(outcome)
        let (task, isCut) = (entry.state.current.task, isStopping && outcome.outcome == .cancelled)
        var facts: Logger.Metadata = [
            "task": "\(task.id)", "job": "\(task.job)", "image": "\(image)", "bytes": "\(outcome.bytesDone)",
            "trace": "\(task.trace?.traceID ?? "-")",
        ]
        if !isCut { facts["outcome"] = "\(outcome.outcome.rawValue)" }
        if let reason = outcome.reason, !isCut {
            facts.merge(["reason": "\(reason.rawValue)", "detail": "\(outcome.detail ?? "")"]) { $1 }
        }
        let message: Logger.Message =
            isCut ? "download interrupted by the stop; it goes on after the next start" : "image done"
        context.logger.log(level: outcome.outcome == .error ? .warning : .info, message, metadata: facts)
    }

    private func finishIfDone(_ entry: DeskEntry) {
        let contents = entry.state.current
        guard contents.isFinished, !entry.isCounted else { return }
        entry.isCounted = true
        // Tokens and signed URLs have no business in memory any more, nor do they tell one attempt from another.
        entry.state.change { contents in
            for index in contents.task.images.indices {
                contents.task.images[index].sources = []
                contents.task.images[index].relay = nil
                contents.task.images[index].reference.url = ""
            }
        }
        entry.timer?.cancel()
        entry.timer = nil
        running -= 1
        context.metrics.runningTasks.set(Double(running))
        finished.append((contents.task.id, contents.task.attempt, .now))
        prune()
        context.loop.schedule(after: context.configuration.memory) { [weak self] in
            Task { await self?.prune() }
        }
    }

    // MARK: Attempts and ends

    /// Goes over to a newer attempt: what is running goes on for it, what ended well stays, the rest begins anew.
    private func supersede(_ entry: DeskEntry, with task: AgentTask) {
        let wanted = Dictionary(task.images.map { ($0.id, $0.expected) }) { first, _ in first }
        let old = entry.state.current
        let changed = Set(
            old.task.images.filter { image in
                wanted[image.id].map { !image.expected.covers($0) } ?? true
            }
            .map(\.id)
        )
        for (id, worker) in entry.workers where changed.contains(id) {
            worker.task.cancel()
            entry.workers[id] = nil
        }
        entry.state.change { contents in
            contents.task = task
            contents.outcomes.removeAll { !$0.outcome.outcome.isGood || changed.contains($0.image) }
            contents.progress = contents.progress.filter { !changed.contains($0.key) }
        }
        refresh(task)
        entry.timer?.cancel()
        // What was running is counted anew in `begin`.
        if !entry.isCounted { running -= 1 }
        entry.isCounted = false
        begin(entry, task)
    }

    private func refresh(_ task: AgentTask) {
        let downloads = downloads
        Task(executorPreference: context.loop) {
            for image in task.images { await downloads.refresh(image) }
        }
    }

    private func expire(_ id: TaskID, _ attempt: Int, _ timeout: Duration) {
        guard let entry = tasks[id], entry.state.current.task.attempt == attempt else { return }
        let detail = "not done within the task's \(timeout.components.seconds) s"
        end(entry, PullFailure(.agentTimeout, detail))
    }

    /// Gives every image that isn't done this end.
    private func end(_ entry: DeskEntry, _ failure: PullFailure) {
        let contents = entry.state.current
        for image in contents.task.images where contents.outcome(of: image.id) == nil {
            entry.workers.removeValue(forKey: image.id)?.task.cancel()
            tell(failure.outcome(contents.progress[image.id]), of: image.id, entry)
        }
        finishIfDone(entry)
    }

    private func watch(_ entry: DeskEntry, attached: Bool) -> PullWatch {
        PullWatch(
            entry.state,
            attached: attached,
            loop: context.loop,
            configuration: context.configuration
        )
    }

    /// Forgets finished tasks that are too old or too many.
    private func prune() {
        let oldest = ContinuousClock.now - context.configuration.memory
        while let first = finished.first,
            first.at <= oldest || finished.count > context.configuration.rememberedTasks
        {
            finished.removeFirst()
            // A newer attempt may have begun, or finished, since.
            let contents = tasks[first.id]?.state.current
            guard let contents, contents.isFinished, contents.task.attempt == first.attempt else { continue }
            tasks[first.id] = nil
        }
    }
}
