import HTTPFetching
import ImageCache
import Logging
import Reactor

/// What every download works with.
struct PullContext: Sendable {
    /// Nil where the host's storage needs no cache.
    let cache: ImageCache?
    /// Who evicts what is unused where the disk is short; nil for nobody.
    let room: (any RoomMaker)?
    let fetcher: HTTPFetcher
    let loop: EventLoop
    let configuration: PullConfiguration
    let gate: DownloadGate
    let limiter: RateLimiter
    let metrics: PullMetrics
    let logger: Logger
}
