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
            var wait = LockWait(expected.id, cache, context)
            while true {
                switch try await lookUp() {
                case .existing(let outcome):
                    wait.end("existing")
                    await giveExisting()
                    return outcome
                case .contested: try await wait.pause("somebody else may be removing the image, waiting")
                case .absent:
                    if let outcome = try await fetchLocked(wait) { return outcome }
                    // No place is held while waiting, nor is the lock while waiting for a place: neither holds up others.
                    try await wait.pause()
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
        let exchanged = expectedExchange()
        if let (content, ticket) = exchanged { context.shelf.expect(content, ticket) }
        defer { if let (content, ticket) = exchanged { context.shelf.unexpect(content, ticket) } }
        let place =
            known().sources.first.map { (try? FetchURL.parse($0.url))?.origin ?? $0.url } ?? ""
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
        // Who held the lock until now may have brought the image.
        switch try await lookUp(under: lock) {
        case .existing(let outcome):
            wait.end("taken")
            await giveExisting()
            return outcome
        case .contested: return nil
        case .absent: break
        }
        wait.end("taken")
        context.metrics.runningDownloads.add(1)
        defer { context.metrics.runningDownloads.add(-1) }
        let keeping = Task(executorPreference: context.loop) { await keep(lock) }
        // The lock is let go of before the outcome is told.
        do throws(PullFailure) {
            let outcome = try await fetch(under: lock)
            keeping.cancel()
            await keeping.value
            return outcome
        } catch {
            keeping.cancel()
            await keeping.value
            throw error
        }
    }

    /// Takes the lock again soon after Nova removed its file, so that a boot waits for this download and fetches nothing.
    private func keep(_ lock: FetchLock) async {
        var pause = Duration.milliseconds(50)
        while (try? await context.loop.sleep(for: pause)) != nil {
            _ = try? await cache.retake(lock, expected.id)
            pause = min(pause * 2, .seconds(1))
        }
    }

    /// The image, if somebody brought it while the lock had lost its file; waits for whoever is bringing it.
    private func broughtMeanwhile(_ lock: FetchLock) async throws(PullFailure) -> ImageOutcome? {
        var wait = LockWait(expected.id, cache, context)
        while true {
            let isOurs: Bool
            do throws(CacheError) {
                isOurs = try await cache.retake(lock, expected.id)
            } catch {
                throw PullFailure(error)
            }
            if isOurs {
                guard lock.hadGap else { return nil }
                switch try await lookUp(under: lock) {
                case .existing(let outcome):
                    wait.end("existing")
                    return outcome
                case .absent:
                    wait.end("taken")
                    return nil
                case .contested: break
                }
            }
            try await wait.pause()
        }
    }

    /// What a look into the cache came to.
    private enum Found {
        case existing(ImageOutcome)
        case absent
        /// It is there, but whoever holds its lock may be about to remove it.
        case contested
    }

    private func lookUp(under lock: FetchLock? = nil) async throws(PullFailure) -> Found {
        do throws(CacheError) {
            switch try await cache.lookup(expected, keep: keep.grant(), under: lock) {
            case .absent: return .absent
            case .contested: return .contested
            case .present(let image, let note):
                progress.set(whole: image.publishedBytes)
                return .existing(
                    ImageOutcome(
                        .existing,
                        detail: Self.detail(note, image.looks),
                        bytesDone: image.publishedBytes,
                        bytesTotal: image.publishedBytes,
                        isVerified: image.isVerified
                    )
                )
            }
        } catch {
            throw PullFailure(error)
        }
    }

    /// Tries the sources in order; again from the first if newer ones came in the meantime.
    ///
    /// `staged` is what is there; nil for what an earlier download left.
    func fetchFromSources(
        _ staged: StagedImage?,
        under lock: FetchLock
    ) async throws(PullFailure) -> ImageOutcome {
        var failures: [(source: String, failure: PullFailure)] = []
        var staged = staged
        var (list, generation) = known()
        var (index, isSecondTry) = (0, false)
        while index < list.count {
            let source = list[index]
            var (inherited, isPatched): (Int64, Bool) = (0, false)
            do throws(PullFailure) {
                let writer = try await writer(staged)
                staged = writer
                inherited = writer.length
                return try await fetch(from: source, into: writer, under: lock, &isPatched)
            } catch {
                failures.append((source.description, error))
                if error.isAboutContent {
                    await staged?.discard()
                    staged = nil
                }
                // Bytes with the right digest are what they are anywhere; without one another source may have others.
                let isFinal = error.isVerdict && expected.digest != nil
                if error.isOurs || isFinal || Task.isCancelled { break }
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
        let (sources, _, generation) = sources.current
        return (SourceMirror.expand(sources, context.configuration.mirrors), generation)
    }

    /// `current`, or what an earlier download left, of that whole pieces.
    func writer(
        _ current: StagedImage?,
        pieceBytes: Int64 = 1
    ) async throws(PullFailure) -> StagedImage {
        if let current { return current }
        do {
            let staged = try await cache.begin(expected, room: context.room, pieceBytes: pieceBytes)
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
        under lock: FetchLock,
        _ isPatched: inout Bool
    ) async throws(PullFailure) -> ImageOutcome {
        var transfer = SourceTransfer(source: source, context: context, progress: progress)
        try await transfer.run(into: staged)
        isPatched = transfer.isPatched
        staged.source = transfer.place
        do throws(PullFailure) {
            return try await finish(staged, under: lock)
        } catch {
            var failure = error
            if failure.isAboutContent, let coding = transfer.coding {
                failure.detail += "; the source labelled them Content-Encoding: \(coding)"
            }
            throw failure
        }
    }

    /// Gives the image its name, unless somebody else has brought it meanwhile.
    func finish(
        _ staged: StagedImage,
        under lock: FetchLock
    ) async throws(PullFailure) -> ImageOutcome {
        if let existing = try await broughtMeanwhile(lock) {
            await staged.discard()
            await giveExisting()
            return existing
        }
        do throws(CacheError) {
            let file = context.suspicions.has(expected.digest) ? staged.reading() : nil
            let image = try await staged.finish(keep: keep.grant())
            progress.set(whole: image.publishedBytes)
            if let file { await judge(by: file) }
            return ImageOutcome(
                .cached,
                detail: note(on: image),
                bytesDone: image.publishedBytes,
                bytesTotal: image.publishedBytes,
                source: staged.source,
                isVerified: image.isVerified
            )
        } catch {
            throw PullFailure(error)
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
