import PrecacheClient
import PrecacheModel

/// Follows a job to its end: polls tell how it stands, events tell of failures, a display shows both.
struct JobWatch: Sendable {
    let client: ServiceClient
    let console: Console
    let signals: SignalWatch
    let pace: WatchPace

    /// Watches until the job ends, the service stays away too long, or someone presses Ctrl-C.
    func run(_ first: JobView) async throws(OutputClosed) -> WatchEnd {
        let (events, continuation) = AsyncStream.makeStream(of: WatchEvent.self)
        let end: Result<WatchEnd, OutputClosed> = await signals.withHandler { _ in
            continuation.yield(.interrupted)
        } _: {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await poll(first.id, continuation) }
                group.addTask { await follow(first.id, continuation) }
                group.addTask { await tick(continuation) }
                let end = await consume(events, first)
                group.cancelAll()
                continuation.finish()
                return end
            }
        }
        return try end.get()
    }

    private func consume(
        _ events: AsyncStream<WatchEvent>,
        _ first: JobView
    ) async -> Result<WatchEnd, OutputClosed> {
        let clock = ContinuousClock()
        let start = clock.now
        var display = WatchDisplay(job: first, console: console)
        var ended: (reply: Reply<JobView>, at: Duration)?
        var failuresMayCome = true
        do throws(OutputClosed) {
            try display.draw(elapsed: .zero)
            for await event in events {
                let elapsed = clock.now - start
                switch event {
                case .job(let reply):
                    display.note(job: reply.value, elapsed: elapsed)
                    if reply.value.isFinal { ended = (reply, elapsed) }
                case .failure(let result): display.note(failure: result)
                case .failuresEnded: failuresMayCome = false
                case .trouble(let error): display.note(trouble: error, elapsed: elapsed)
                case .tick: try display.draw(elapsed: elapsed)
                case .stopped(let error):
                    try display.clear()
                    return .success(.stopped(error))
                case .interrupted:
                    try display.clear()
                    return .success(.interrupted)
                }
                if let ended, !failuresMayCome || elapsed - ended.at >= pace.farewell {
                    try display.clear()
                    return .success(.finished(ended.reply))
                }
            }
            return .success(.interrupted)
        } catch {
            return .failure(error)
        }
    }

    // The service holds each poll for up to `wait` seconds, so the job's end is seen at once.
    private func poll(_ id: String, _ events: AsyncStream<WatchEvent>.Continuation) async {
        let clock = ContinuousClock()
        var backoff = pace.backoff
        var awaySince: ContinuousClock.Instant?
        while !Task.isCancelled {
            let asked = clock.now
            do throws(ClientError) {
                let reply = try await client.job(id, wait: pace.wait)
                events.yield(.job(reply))
                if reply.value.isFinal { return }
                (awaySince, backoff) = (nil, pace.backoff)
                try? await clock.sleep(until: asked + pace.pause)
            } catch {
                let since = awaySince ?? asked
                awaySince = since
                guard error.isTransient, clock.now - since < pace.patience else {
                    events.yield(.stopped(error))
                    return
                }
                events.yield(.trouble(error))
                try? await clock.sleep(for: backoff)
                backoff = min(backoff * 2, pace.longestBackoff)
            }
        }
    }

    // Failures as they happen. Nothing depends on them: the table at the end asks for them again.
    private func follow(_ id: String, _ events: AsyncStream<WatchEvent>.Continuation) async {
        defer { events.yield(.failuresEnded) }
        try? await EventFollower(client: client, pace: pace).run(id) { event in
            switch EventView(event) {
            case .outcome(let result): if result.isBad { events.yield(.failure(result)) }
            case .finished: events.yield(.failuresEnded)
            case .other: break
            }
        }
    }

    private func tick(_ events: AsyncStream<WatchEvent>.Continuation) async {
        while !Task.isCancelled {
            events.yield(.tick)
            try? await ContinuousClock().sleep(for: pace.tick)
        }
    }
}
