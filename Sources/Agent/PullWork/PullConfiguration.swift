package import HTTPFetching
import ImageCache
import Logging
import Reactor
import Synchronization

/// How images are fetched and how long tasks are remembered.
package struct PullConfiguration: Sendable {
    /// Downloads at once; 4 by default.
    package var concurrentDownloads: Int
    /// The rate of all downloads together, in bytes per second; nil, the default, is no limit.
    package var rateBytesPerSecond: Int?
    /// How often one source may break off before it is given up, as long as each time brought bytes; 5 by default.
    package var resumes: Int
    /// The upper bound of the first wait before a broken transfer goes on.
    ///
    /// It doubles with each. 200 ms by default.
    package var resumeDelay: Duration
    /// The time limits of one request to a source.
    package var timeouts: FetchTimeouts
    /// Trust for `https` sources; nil is the system's.
    package var tls: ClientTLS?
    /// Through whom sources are reached; nil, the default, is directly.
    package var proxy: ProxyRule?
    /// Where else to look first; none by default.
    package var mirrors: [SourceMirror]
    /// The agent's own credentials for sources; nil, the default, is none.
    package var credentials: SourceCredentials?
    /// Where redirects to another origin may lead: by default nowhere that only the host itself can reach.
    package var redirectAddresses: AddressRule
    /// Whether a redirect may lead from https to http where a digest is known; no by default.
    package var allowsPlainRedirects: Bool
    /// How this host takes part in meshes; nil, the default, where it doesn't.
    package var mesh: MeshAccess?
    /// How long to wait while somebody else holds nova-compute's lock on the image; 10 minutes by default.
    package var lockWait: Duration
    /// The time between two progress lines of one image; 500 ms by default.
    package var progressInterval: Duration
    /// Silence after which a heartbeat line is sent; 10 s by default.
    package var heartbeatInterval: Duration
    /// How long a finished task is remembered; 15 minutes by default.
    package var memory: Duration
    /// How many finished tasks are remembered; 1,000 by default.
    package var rememberedTasks: Int
    /// How many tasks may run; 10,000 by default.
    package var runningTasks: Int
    /// How many images of running tasks may wait or be downloaded; 2,048 by default, some 20 MiB.
    package var imagesInHand: Int

    package init(
        concurrentDownloads: Int = 4,
        rateBytesPerSecond: Int? = nil,
        resumes: Int = 5,
        resumeDelay: Duration = .milliseconds(200),
        timeouts: FetchTimeouts = FetchTimeouts(),
        tls: ClientTLS? = nil,
        proxy: ProxyRule? = nil,
        mirrors: [SourceMirror] = [],
        credentials: SourceCredentials? = nil,
        redirectAddresses: AddressRule = .noInternal,
        allowsPlainRedirects: Bool = false,
        mesh: MeshAccess? = nil,
        lockWait: Duration = .seconds(600),
        progressInterval: Duration = .milliseconds(500),
        heartbeatInterval: Duration = .seconds(10),
        memory: Duration = .seconds(900),
        rememberedTasks: Int = 1_000,
        runningTasks: Int = 10_000,
        imagesInHand: Int = 2_048
    ) {
        self.concurrentDownloads = concurrentDownloads
        self.rateBytesPerSecond = rateBytesPerSecond
        self.resumes = resumes
        self.resumeDelay = resumeDelay
        self.timeouts = timeouts
        self.tls = tls
        self.proxy = proxy
        self.mirrors = mirrors
        self.credentials = credentials
        self.redirectAddresses = redirectAddresses
        self.allowsPlainRedirects = allowsPlainRedirects
        self.mesh = mesh
        self.lockWait = lockWait
        self.progressInterval = progressInterval
        self.heartbeatInterval = heartbeatInterval
        self.memory = memory
        self.rememberedTasks = rememberedTasks
        self.runningTasks = runningTasks
        self.imagesInHand = imagesInHand
    }
}

/// What every download works with.
struct PullContext: Sendable {
    /// Nil where the host's storage needs no cache.
    let cache: ImageCache?
    /// Who evicts what is unused where the disk is short; nil for nobody.
    let room: (any RoomMaker)?
    let fetcher: HTTPFetcher
    /// What is given to neighbours.
    let shelf: RelayShelf
    let loop: EventLoop
    let configuration: PullConfiguration
    let gate: DownloadGate
    let limiter: RateLimiter
    let metrics: PullMetrics
    let logger: Logger
    let exchanges = RunningExchanges()
    let suspicions = Suspicions()
}

/// The images that are exchanged now: they share the memory for pieces that are on their way.
final class RunningExchanges: Sendable {
    private let count = Atomic(0)
    private static let bytes: Int64 = 24 << 20

    func begin() { count.add(1, ordering: .relaxed) }

    func end() { count.subtract(1, ordering: .relaxed) }

    /// How many pieces of such a length one of them may wait for at a time; each for one at least.
    func share(of pieceBytes: Int64) -> Int {
        let each = Self.bytes / Int64(max(1, count.load(ordering: .relaxed)))
        return max(1, Int(each / pieceBytes))
    }
}
