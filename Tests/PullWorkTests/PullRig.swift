import Digesting
import HTTPFetching
import ImageCache
import Logging
import PrecacheModel
import Reactor
import Telemetry
import TestSupport

@testable import PullWork

/// A desk with a cache of its own, as an agent has it.
final class PullRig: Sendable {
    let folder: TemporaryFolder
    /// Nova's instances directory, if there is a Nova; kept for as long as the rig.
    let instances: TemporaryFolder?
    let loop: EventLoop
    let fetcher: HTTPFetcher
    let cache: ImageCache
    let desk: TaskDesk
    let metrics = MetricsRegistry()

    init(
        folder: TemporaryFolder = TemporaryFolder(),
        instances: TemporaryFolder? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ adjust: (inout PullConfiguration) -> Void = { _ in }
    ) throws {
        self.folder = folder
        loop = try EventLoop(name: "pull")
        fetcher = try HTTPFetcher(loop: loop)
        self.instances = instances
        let cacheConfiguration = CacheConfiguration(
            directory: folder.path,
            instances: instances?.path,
            blockBytes: 16_384
        )
        cache = try ImageCache(cacheConfiguration)
        var configuration = PullConfiguration(
            resumeDelay: .milliseconds(1),
            progressInterval: .milliseconds(1)
        )
        adjust(&configuration)
        desk = TaskDesk(
            cache: cache,
            fetcher: fetcher,
            loop: loop,
            configuration: configuration,
            metrics: PullMetrics(metrics),
            logger: logger
        )
    }

    deinit { loop.stop() }

    /// Runs a task of one image to its end.
    func outcome(_ image: OrderedImage, attempt: Int = 1, id: String = "t") async throws -> ImageOutcome? {
        try await outcomes([image], attempt: attempt, id: id).first
    }

    func outcomes(_ images: [OrderedImage], attempt: Int = 1, id: String = "t") async throws -> [ImageOutcome]
    {
        var watch = try await desk.submit(try Self.task(images, attempt: attempt, id: id))
        return try await Self.rest(&watch).compactMap { event in
            if case .outcome(_, let outcome) = event { outcome } else { nil }
        }
    }

    private static let job = JobID.make()

    static func task(
        _ images: [OrderedImage],
        attempt: Int = 1,
        id: String = "t",
        timeout: Duration = .seconds(600),
        keep: Duration? = nil
    ) throws -> AgentTask {
        AgentTask(
            id: try TaskID(id),
            job: job,
            attempt: attempt,
            timeout: timeout,
            keep: keep,
            images: images
        )
    }

    /// Everything that a watcher hears until its stream ends.
    static func rest(_ watch: inout PullWatch) async throws -> [AgentEvent] {
        var all: [AgentEvent] = []
        while let events = try await watch.next() { all += events }
        return all
    }
}

/// An image with bytes that a test serves.
struct TestImage: Sendable {
    let id: ImageID
    let bytes: [UInt8]

    init(_ id: String = "ubuntu", count: Int = 200_000, seed: Int = 7) throws {
        self.id = try ImageID(id)
        bytes = (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ $0 >> 8) ^ seed) }
    }

    init(bytes: [UInt8]) throws {
        id = try ImageID("ubuntu")
        self.bytes = bytes
    }

    var file: String { sha1Hex(id.text) }

    func wanted(
        _ urls: String...,
        algorithm: DigestAlgorithm? = .sha256,
        knowsSize: Bool = true,
        sizeBytes: Int64? = nil
    ) throws -> OrderedImage {
        var digest: Digest?
        if let algorithm, let name = DigestAlgorithmName(rawValue: algorithm.rawValue) {
            let running = try StreamingDigest(name)
            try running.update(bytes)
            digest = try Digest(algorithm, hex: running.finishHex())
        }
        return OrderedImage(
            ImageReference(
                id: id,
                name: nil,
                url: urls.first ?? "",
                sizeBytes: knowsSize ? sizeBytes ?? Int64(bytes.count) : nil,
                digest: digest,
                diskFormat: .raw,
                allowsUnverified: digest == nil
            ),
            sources: urls.map { ImageSource(url: $0) }
        )
    }

    /// A server that has it.
    func server() -> StepServer { StepServer { [bytes] in StepServer.file(bytes, $0) } }
}
