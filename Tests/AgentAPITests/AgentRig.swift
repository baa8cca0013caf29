import FoundationEssentials
import HTTPFetching
import HTTPServing
import HTTPTypes
import ImageCache
import Logging
import PrecacheModel
import PullWork
import Reactor
import Synchronization
import Telemetry
import TestSupport

@testable import AgentAPI

/// The agent's API over a real desk and cache, called without a socket.
final class AgentRig: Sendable {
    let folder = TemporaryFolder()
    let loop: EventLoop
    let cache: ImageCache
    let routes: AgentRoutes
    let handler: any HTTPHandler

    init(
        _ access: AgentAccess = AgentAccess(token: nil, clientName: nil),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) throws {
        loop = try EventLoop(name: "api")
        cache = try ImageCache(CacheConfiguration(directory: folder.path))
        let metrics = MetricsRegistry()
        let upkeep = try CacheUpkeep(
            cache: cache,
            configuration: UpkeepConfiguration(),
            metrics: UpkeepMetrics(metrics),
            logger: logger
        )
        let desk = TaskDesk(
            cache: cache,
            fetcher: try HTTPFetcher(loop: loop),
            loop: loop,
            configuration: PullConfiguration(),
            metrics: PullMetrics(metrics),
            logger: logger
        )
        routes = AgentRoutes(
            host: try HostName("compute-1"),
            desk: desk,
            cache: cache,
            upkeep: upkeep,
            metrics: metrics,
            access: access,
            logger: logger
        )
        handler = routes.handler()
    }

    deinit { loop.stop() }

    /// Sends a request; the answer's body is read to its end.
    func send(
        _ method: HTTPRequest.Method,
        _ target: String,
        _ body: String = "",
        headers: HTTPFields = [:],
        peer: Peer = Peer(address: "127.0.0.1", port: 1, isLoopback: true)
    ) async throws -> (status: Int, text: String, headers: HTTPFields) {
        let request = Request(
            method: method,
            target: target,
            headers: headers,
            body: RequestBody(Array(body.utf8)),
            peer: peer
        )
        let response = await handler.reply(to: request).response()
        let bytes: [UInt8]
        switch response.body {
        case .empty: bytes = []
        case .bytes(let all): bytes = all
        case .stream(_, _, let write):
            let collector = Collector()
            try await write(collector)
            bytes = collector.bytes
        }
        return (response.status.code, String(decoding: bytes, as: UTF8.self), response.headers)
    }

    /// Removes an image, as soon as nothing has it open.
    ///
    /// A program that another test starts has our descriptors between fork and exec: the kernel calls the image in use
    /// until then, and so does the agent.
    func remove(_ image: String) async throws -> (status: Int, text: String) {
        while true {
            let answer = try await send(.delete, "/v1/images/\(image)")
            guard answer.status == 409 else { return (answer.status, answer.text) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// A task of one image, as JSON.
    static func task(_ image: String, attempt: Int = 1, more: String = "") -> String {
        #"{"job_id":"1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b","attempt":\#(attempt),\#(more)"timeout_seconds":3600,"images":[\#(image)]}"#
    }

    private final class Collector: ResponseWriter {
        private let all = Mutex<[UInt8]>([])
        var bytes: [UInt8] { all.withLock { $0 } }
        func write(_ bytes: [UInt8]) async throws { all.withLock { $0 += bytes } }
    }
}
