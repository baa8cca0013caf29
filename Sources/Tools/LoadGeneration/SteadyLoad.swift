package import HTTPFetching
import HTTPTypes
package import Reactor

/// GET requests at a steady rate, each timed from the moment at which it was due.
///
/// A server that stalls for a second makes all requests late that were due in that second, and each of them counts:
/// a load that waits for its answers before it asks again would see one slow request (coordinated omission).
package struct SteadyLoad: Sendable {
    /// What to ask for.
    package var url: String
    /// The bearer token; nil for none.
    package var token: String?
    /// Requests a second.
    package var rate: Double
    /// For how long.
    package var duration: Duration
    /// Requests at once, at most.
    package var connections: Int

    /// Describes a load.
    package init(url: String, token: String?, rate: Double, duration: Duration, connections: Int) {
        self.url = url
        self.token = token
        self.rate = rate
        self.duration = duration
        self.connections = connections
    }

    /// Runs it.
    ///
    /// - Parameters:
    ///   - fetcher: What makes the requests.
    ///   - loop: The loop of that fetcher.
    /// - Returns: What came of it; failures are counted, not thrown.
    package func run(with fetcher: HTTPFetcher, on loop: EventLoop) async -> LoadResult {
        let run = LoadRun(count: max(1, Int(rate * (duration / .seconds(1)))), rate: rate)
        await withDiscardingTaskGroup { group in
            for _ in 0..<min(connections, run.count) {
                group.addTask(executorPreference: loop) {
                    while let due = run.next(), !Task.isCancelled {
                        let wait = due - ContinuousClock.now
                        if wait > .zero { try? await loop.sleep(for: wait) }
                        let isGood = await ask(fetcher)
                        run.note(ContinuousClock.now - due, isGood: isGood)
                    }
                }
            }
        }
        return run.result()
    }

    private func ask(_ fetcher: HTTPFetcher) async -> Bool {
        var request = FetchRequest(url: url, redirects: 0)
        if let token { request.headers[.authorization] = "Bearer \(token)" }
        do throws(FetchError) {
            let response = try await fetcher.fetch(request)
            _ = try await response.body.collect(upTo: 64 << 20)
            return response.status.kind == .successful
        } catch {
            return false
        }
    }
}
