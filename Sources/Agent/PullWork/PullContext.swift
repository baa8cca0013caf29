import HTTPFetching
import ImageCache
import Logging
import Reactor

/// What every download works with.
struct PullContext: Sendable {
    let cache: ImageCache
    let fetcher: HTTPFetcher
    let loop: EventLoop
    let configuration: PullConfiguration
    let gate: DownloadGate
    let limiter: RateLimiter
    let metrics: PullMetrics
    let logger: Logger
}
