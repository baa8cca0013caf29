package import HTTPFetching
import HTTPTypes
package import Reactor
import Synchronization

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

/// What came of a load.
package struct LoadResult: Sendable {
    /// The latencies of answers with a 2xx status.
    package fileprivate(set) var latencies = LatencyRecord()
    /// Requests that failed or got another status.
    package fileprivate(set) var failures = 0
    /// How long it took.
    package internal(set) var seconds = 0.0

    init() {}

    mutating func note(_ latency: Duration, isGood: Bool) {
        if isGood { latencies.record(latency) } else { failures += 1 }
    }
}

/// One run of a ``SteadyLoad``: whose turn it is, and what has come of the others.
private final class LoadRun: Sendable {
    let count: Int
    private let rate: Double
    private let start = ContinuousClock.now
    private let turn = Atomic(0)
    private let noted = Mutex(LoadResult())

    init(count: Int, rate: Double) {
        self.count = count
        self.rate = rate
    }

    /// When the next request is due; nil when all have had their turn.
    func next() -> ContinuousClock.Instant? {
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return number < count ? start + .seconds(Double(number) / rate) : nil
    }

    func note(_ latency: Duration, isGood: Bool) {
        noted.withLock { $0.note(latency, isGood: isGood) }
    }

    func result() -> LoadResult {
        noted.withLock { result in
            result.seconds = (ContinuousClock.now - start) / .seconds(1)
            return result
        }
    }
}
