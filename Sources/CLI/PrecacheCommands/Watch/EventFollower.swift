import PrecacheClient
import Synchronization

/// Reads events to their end, if they have one, and goes on after the last one when the connection breaks.
struct EventFollower: Sendable {
    let client: ServiceClient
    let pace: WatchPace

    /// Gives each event to `receive`; returns after the one that says that the job has ended, of a job's.
    ///
    /// - Parameters:
    ///   - feed: Whose events.
    ///   - after: The last event that is known already.
    ///   - trouble: Told each time that the service doesn't answer, before the next try.
    ///   - receive: Gets each event once.
    /// - Throws: What can't get better, or what lasted longer than the pace's patience.
    func run(
        _ feed: EventFeed,
        after: String? = nil,
        trouble: @Sendable (ClientError) -> Void = { _ in },
        receive: @escaping @Sendable (ServerSentEvent) async -> Void
    ) async throws(ClientError) {
        let clock = ContinuousClock()
        let state = Mutex(State(feed, lastID: after, at: clock.now))
        var backoff = pace.backoff
        while !Task.isCancelled {
            let lastID = state.withLock { $0.restart() }
            do throws(ClientError) {
                try await client.streamEvents(of: feed, after: lastID) { bytes in
                    for event in state.withLock({ $0.consume(bytes, at: clock.now) }) { await receive(event) }
                }
                if state.withLock({ $0.isEnded }) { return }
            } catch {
                if state.withLock({ $0.isEnded }) { return }
                let silence = clock.now - state.withLock { $0.heardAt }
                guard error.isTransient, silence < pace.patience else { throw error }
                trouble(error)
            }
            if state.withLock({ $0.takeNews() }) { backoff = pace.backoff }
            try? await clock.sleep(for: backoff)
            backoff = min(backoff * 2, pace.longestBackoff)
        }
    }

    private struct State {
        private let feed: EventFeed
        private var parser: EventStreamParser
        private var hasNews = false
        private(set) var isEnded = false
        private(set) var heardAt: ContinuousClock.Instant

        init(_ feed: EventFeed, lastID: String?, at instant: ContinuousClock.Instant) {
            self.feed = feed
            parser = EventStreamParser(lastID: lastID)
            heardAt = instant
        }

        // Half a line of a broken connection must not run into the next connection's first.
        mutating func restart() -> String? {
            parser = EventStreamParser(lastID: parser.lastID)
            return parser.lastID
        }

        mutating func consume(_ bytes: [UInt8], at instant: ContinuousClock.Instant) -> [ServerSentEvent] {
            let events = parser.consume(bytes)
            // A service that can't go on greets, and ends.
            if parser.isAlive { (hasNews, heardAt) = (true, instant) }
            if events.contains(where: feed.ends) { isEnded = true }
            return events
        }

        mutating func takeNews() -> Bool {
            defer { hasNews = false }
            return hasNews
        }
    }
}
