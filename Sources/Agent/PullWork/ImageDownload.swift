import HTTPFetching
import ImageCache
import Logging
import PrecacheModel
import Reactor
import Telemetry

/// The way of one image to this host: found in the cache, or fetched from the first source that gives the right bytes.
struct ImageDownload: Sendable {
    let expected: ExpectedImage
    let sources: SourceList
    let keep: KeepWish
    let progress: ImageProgress
    let cache: ImageCache
    let context: PullContext

    /// Runs to an outcome; a cancelled task's is `cancelled`, with what was fetched kept for the next time.
    func run() async -> ImageOutcome {
        do throws(PullFailure) {
            if let existing = try await lookUp() { return existing }
            var wait = LockWait(expected.id, cache, context)
            while true {
                if let outcome = try await fetchLocked(wait) { return outcome }
                // No place is held while waiting, nor is the lock while waiting for a place: neither holds up others.
                try await wait.pause()
                if let existing = try await lookUp() {
                    wait.end("existing")
                    return existing
                }
            }
        } catch {
            return (Task.isCancelled ? PullFailure.cancelled : error).outcome(progress)
        }
    }

    /// Fetches the image under its lock, once there is a place among the downloads.
    ///
    /// - Returns: The outcome; nil if somebody else holds the lock.
    private func fetchLocked(_ wait: LockWait) async throws(PullFailure) -> ImageOutcome? {
        let place =
            sources.current.sources.first.map { (try? FetchURL.parse($0.url))?.origin ?? $0.url } ?? ""
        do {
            try await context.gate.enter(place)
        } catch {
            throw .cancelled
        }
        defer { context.gate.leave(place) }
        let lock: FetchLock?
        do throws(CacheError) {
            lock = try await cache.tryLock(expected.id)
        } catch {
            throw PullFailure(error)
        }
        guard let lock else { return nil }
        defer { withExtendedLifetime(lock) {} }
        wait.end("taken")
        // Who held the lock until now may have brought the image.
        if cache.sharesLocks, let existing = try await lookUp() { return existing }
        context.metrics.runningDownloads.add(1)
        defer { context.metrics.runningDownloads.add(-1) }
        return try await fetch()
    }

    private func lookUp() async throws(PullFailure) -> ImageOutcome? {
        do throws(CacheError) {
            let presence = try await cache.lookup(expected, keep: keep.grant())
            guard case .present(let image, let note) = presence else { return nil }
            progress.set(done: image.publishedBytes)
            progress.set(total: image.publishedBytes)
            return ImageOutcome(
                .existing,
                detail: Self.detail(note, image.looks),
                bytesDone: image.publishedBytes,
                bytesTotal: image.publishedBytes,
                isVerified: image.isVerified
            )
        } catch {
            throw PullFailure(error)
        }
    }

    /// Tries the sources in order; again from the first if newer ones came in the meantime.
    private func fetch() async throws(PullFailure) -> ImageOutcome {
        var failures: [(source: String, failure: PullFailure)] = []
        var staged: StagedImage?
        var (list, generation) = known()
        var (index, isSecondTry) = (0, false)
        while index < list.count {
            let source = list[index]
            var (inherited, isPatched): (Int64, Bool) = (0, false)
            do throws(PullFailure) {
                let writer = try await writer(staged)
                staged = writer
                inherited = writer.length
                return try await fetch(from: source, into: writer, &isPatched)
            } catch {
                failures.append((source.description, error))
                if error.isAboutContent {
                    await staged?.discard()
                    staged = nil
                }
                if error.isOurs || error.isVerdict || Task.isCancelled { break }
                // The wrong bytes may be those that another source, a crash or another node left: this one gives all of them
                // now.
                if error.reason == .checksumMismatch && (inherited > 0 || (isPatched && !isSecondTry)) {
                    failures.removeLast()
                    isSecondTry = true
                    continue
                }
            }
            (index, isSecondTry) = (index + 1, false)
            let (newList, newGeneration) = known()
            if newGeneration != generation { (list, generation, index) = (newList, newGeneration, 0) }
        }
        await staged?.keep()
        throw Self.summary(of: failures)
    }

    /// The sources with their mirrors, and how often they have been replaced.
    private func known() -> (sources: [ImageSource], generation: Int) {
        let (sources, generation) = sources.current
        return (SourceMirror.expand(sources, context.configuration.mirrors), generation)
    }

    private func writer(_ current: StagedImage?) async throws(PullFailure) -> StagedImage {
        if let current { return current }
        do {
            let staged = try await cache.begin(expected, room: context.room)
            progress.set(done: staged.length)
            if staged.resumedBytes > 0 {
                context.metrics.resumedBytes.increment(by: Int(staged.resumedBytes))
                context.logger.info(
                    "going on with an interrupted download",
                    metadata: ["image": "\(expected.id)", "offset": "\(staged.resumedBytes)"]
                )
            }
            return staged
        } catch {
            throw PullFailure(error)
        }
    }

    private func fetch(
        from source: ImageSource,
        into staged: StagedImage,
        _ isPatched: inout Bool
    ) async throws(PullFailure) -> ImageOutcome {
        var transfer = SourceTransfer(source: source, context: context, progress: progress)
        try await transfer.run(into: staged)
        isPatched = transfer.isPatched
        staged.source = transfer.place
        do throws(CacheError) {
            let image = try await staged.finish(keep: keep.grant())
            progress.set(done: image.publishedBytes)
            progress.set(total: image.publishedBytes)
            return ImageOutcome(
                .cached,
                detail: note(on: image),
                bytesDone: image.publishedBytes,
                bytesTotal: image.publishedBytes,
                source: transfer.place,
                isVerified: image.isVerified
            )
        } catch {
            var failure = PullFailure(error)
            if failure.isAboutContent, let coding = transfer.coding {
                failure.detail += "; the source labelled them Content-Encoding: \(coding)"
            }
            throw failure
        }
    }

    private func note(on image: CachedImage) -> String? {
        guard image.isVerified else { return Self.detail("not verified: no digest is known", image.looks) }
        let isWeak = image.publishedDigest?.algorithm == .md5
        return Self.detail(
            isWeak ? "checked with MD5 alone, which shows damage but no malice" : nil,
            image.looks
        )
    }

    private static func detail(_ notes: String?...) -> String? {
        let notes = notes.compactMap(\.self)
        return notes.isEmpty ? nil : notes.joined(separator: "; ")
    }

    /// The last failure, with what the other sources said; to be tried again if any of them may do better.
    private static func summary(of failures: [(source: String, failure: PullFailure)]) -> PullFailure {
        guard var worst = failures.last?.failure else {
            return PullFailure(.internal, "the image has no source", isRetryable: false)
        }
        if worst.isOurs || worst.isVerdict { return worst }
        worst.detail = failures.suffix(5).map { "\($0.source): \($0.failure.detail)" }.joined(separator: "; ")
        worst.isRetryable = failures.contains { $0.failure.isRetryable }
        worst.retryAfter = failures.compactMap(\.failure.retryAfter).min()
        return worst
    }
}

/// Waiting until whoever fetches the same image on this host, nova-compute most likely, is done: bounded, and ended by
/// the task's cancel.
struct LockWait {
    private let id: ImageID
    private let path: String
    private let context: PullContext
    private var startedAt: ContinuousClock.Instant?
    private var delay: Duration = .milliseconds(20)

    init(_ id: ImageID, _ cache: ImageCache, _ context: PullContext) {
        self.id = id
        path = cache.lockPath(of: id) ?? ""
        self.context = context
    }

    /// Waits a little longer each time, up to a second.
    ///
    /// - Throws: ``PullFailure`` with `agentTimeout` when the time is up, `cancelled` when the task is.
    mutating func pause() async throws(PullFailure) {
        let limit = context.configuration.lockWait
        let start = startedAt ?? .now
        if startedAt == nil {
            startedAt = start
            context.logger.info(
                "somebody else fetches the image, waiting",
                metadata: ["image": "\(id)", "lock": "\(path)"]
            )
        }
        let left = limit - (ContinuousClock.now - start)
        guard left > .zero else {
            end("timeout")
            throw PullFailure(
                .agentTimeout,
                "\(path) has been held for \(limit.components.seconds) s: somebody else on this host, nova-compute most "
                    + "likely, is fetching the image; wait longer with instances.lock_wait_seconds"
            )
        }
        do {
            try await context.loop.sleep(for: min(left, delay * Double.random(in: 0.5...1)))
        } catch {
            end("cancelled")
            throw .cancelled
        }
        delay = min(delay * 2, .seconds(1))
    }

    /// Counts the wait, if there was one.
    func end(_ result: String) {
        guard let startedAt else { return }
        context.metrics.lockWaits.observe(ContinuousClock.now - startedAt, result)
    }
}
