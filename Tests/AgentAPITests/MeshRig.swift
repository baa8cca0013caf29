import Digesting
import FoundationEssentials
import HTTPFetching
import HTTPServing
import ImageCache
import Logging
import PrecacheAPI
import PrecacheModel
import Reactor
import Telemetry
import TestSupport
import TextForms

@testable import AgentAPI
@testable import PullWork

/// The certificates of a fleet of tests, as its service and its authority would give them.
final class MeshFleet: Sendable {
    let keys = TemporaryFolder()

    init() throws {
        try openssl(
            "/CN=fleet",
            ["-newkey", "rsa:2048", "-keyout", "\(keys.path)/ca.key", "-out", "\(keys.path)/ca.pem"]
        )
        try make("service")
    }

    private func openssl(_ subject: String, _ more: [String]) throws {
        try ChildProcess.run(
            ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", subject] + more
        )
    }

    /// Makes a certificate of the fleet's authority.
    func make(_ name: String) throws {
        try openssl(
            "/CN=\(name)",
            [
                "-newkey", "ed25519", "-keyout", "\(keys.path)/\(name).key", "-addext",
                "subjectAltName=DNS:\(name)",
                "-CA", "\(keys.path)/ca.pem", "-CAkey", "\(keys.path)/ca.key", "-out",
                "\(keys.path)/\(name).pem",
            ]
        )
    }

    /// The word of whoever has this name that a host is a seed.
    func warrant(
        _ content: Digest,
        _ ticket: String,
        _ seed: HostName,
        by signer: String = "service"
    ) throws -> SeedWarrant {
        let message = SeedWarrant.message(
            content: content,
            ticket: Hexadecimal.encode(sha256(Array(ticket.utf8))),
            seed: seed
        )
        return SeedWarrant(
            certificate: String(decoding: keys.read("\(signer).pem"), as: UTF8.self),
            signature: Base64URL.encode(try SigningKey(pem: keys.read("\(signer).key")).sign(message))
        )
    }

    func identity(_ host: HostName) throws -> RelayIdentity {
        try RelayIdentity(
            host: host,
            certificate: keys.read("\(host).pem"),
            key: keys.read("\(host).key"),
            authorities: "\(keys.path)/ca.pem",
            service: "service"
        )
    }

    /// Members with an agent each.
    func members(_ count: Int) async throws -> [MeshMember] {
        var members: [MeshMember] = []
        for number in 1...count { members.append(try await MeshMember("compute-\(number)", self)) }
        return members
    }
}

/// An agent with a certificate of the tests' fleet, on the loopback.
final class MeshMember: Sendable {
    let folder: TemporaryFolder
    let place: AgentPlace
    let fleet: MeshFleet
    let desk: TaskDesk
    let cache: ImageCache
    let shelf: RelayShelf
    let metrics = MetricsRegistry()
    let server: HTTPServer
    private let loops: EventLoopGroup

    /// `uploads` are the pieces that it gives at a time.
    init(
        _ name: String,
        _ fleet: MeshFleet,
        folder: TemporaryFolder = TemporaryFolder(),
        hasMesh: Bool = true,
        uploads: Int = 12,
        downloads: Int = 4,
        _ adjust: (inout CacheConfiguration) -> Void = { _ in }
    ) async throws {
        (self.fleet, self.folder) = (fleet, folder)
        let host = try HostName(name)
        if fleet.keys.size("\(name).pem") == nil { try fleet.make(name) }
        loops = try EventLoopGroup(count: 1, name: name)
        let loop = loops.loops[0]
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var configuration = CacheConfiguration(directory: folder.path)
        adjust(&configuration)
        cache = try ImageCache(configuration)
        let identity = try fleet.identity(host)
        let work = PullMetrics(metrics)
        shelf = RelayShelf(uploads: uploads, loop: loop, metrics: work)
        desk = TaskDesk(
            cache: cache,
            fetcher: try HTTPFetcher(loop: loop),
            shelf: shelf,
            loop: loop,
            configuration: PullConfiguration(
                concurrentDownloads: downloads,
                resumeDelay: .milliseconds(1),
                redirectAddresses: .any,
                mesh: hasMesh ? MeshAccess(tls: nil) { identity } : nil
            ),
            metrics: work,
            logger: logger
        )
        let routes = AgentRoutes(
            host: host,
            desk: desk,
            cache: cache,
            upkeep: nil,
            shelf: shelf,
            givesPlain: true,
            metrics: metrics,
            access: AgentAccess(token: nil, clientName: nil),
            logger: logger
        )
        server = HTTPServer(
            configuration: ServerConfiguration(port: 0),
            loops: loops,
            logger: logger,
            handler: routes.handler()
        )
        place = AgentPlace(host: host, address: "127.0.0.1", port: try await server.start().port)
    }

    private let job = JobID.make()

    /// Gives a task of one image; what it says is read from the result.
    func submit(_ image: OrderedImage, attempt: Int = 1, task: Int = 1) async throws -> PullWatch {
        try await desk.submit(
            AgentTask(
                id: TaskID(job: job, host: task),
                job: job,
                attempt: attempt,
                timeout: .seconds(600),
                images: [image]
            )
        )
    }

    /// Nobody wants a task's image any more.
    func cancel(task: Int = 1) async throws { _ = try await desk.cancel(TaskID(job: job, host: task)) }

    /// All that a task of one image says, until its end or until a newer attempt takes it over.
    func events(_ image: OrderedImage, attempt: Int = 1, task: Int = 1) async throws -> [AgentEvent] {
        var watch = try await submit(image, attempt: attempt, task: task)
        var all: [AgentEvent] = []
        while let events = try await watch.next() { all += events }
        return all
    }

    func outcome(_ image: OrderedImage, attempt: Int = 1, task: Int = 1) async throws -> ImageOutcome? {
        try await events(image, attempt: attempt, task: task).compactMap { event in
            if case .outcome(_, let outcome) = event { outcome } else { nil }
        }
        .last
    }
}

struct MeshTestFailure: Error { let words: String }

extension MeshMember {
    /// The value of one of its agent's metrics.
    func metric(_ name: String) -> Int {
        let lines = String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix(name + " ") }.flatMap { Int($0.split(separator: " ")[1]) } ?? -1
    }
}
