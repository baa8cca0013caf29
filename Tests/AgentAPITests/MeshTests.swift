import Digesting
import HTTPFetching
import HTTPServing
import ImageCache
import Logging
import PrecacheModel
import Reactor
import Telemetry
import TestSupport
import Testing

@testable import AgentAPI
@testable import PullWork

/// Agents that exchange an image, each with a server, a desk and a cache of its own.
@Suite struct MeshTests {
    private func image(_ bytes: [UInt8], _ source: StepServer?, _ relay: RelayOrder) throws -> OrderedImage {
        let running = try StreamingDigest(.sha256)
        try running.update(bytes)
        return OrderedImage(
            ImageReference(
                id: try ImageID("ubuntu"),
                name: nil,
                url: source?.url() ?? "",
                sizeBytes: Int64(bytes.count),
                digest: try Digest(.sha256, hex: running.finishHex()),
                diskFormat: .raw,
                allowsUnverified: false
            ),
            sources: source.map { [ImageSource(url: $0.url())] } ?? [],
            relay: relay
        )
    }

    @Test(.timeLimit(.minutes(10)))
    func aFleetGetsAnImageAndTheSourceSendsOneCopy() async throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let source = StepServer { StepServer.file(bytes, $0) }
        let members = try await MeshMember.fleet(4)
        let places = members.map(\.place)
        let outcomes = try await withThrowingTaskGroup(of: ImageOutcome?.self) { group in
            for (index, member) in members.enumerated() {
                let relay = RelayOrder(
                    ticket: String(repeating: "t", count: 43),
                    pieceBytes: 262_144,
                    seed: index < 2 ? SeedPart(index: index, count: 2) : nil,
                    seeds: places.prefix(2).map(\.host),
                    neighbours: places.filter { $0 != member.place }.map {
                        RelayNeighbour(place: $0, isFar: false)
                    },
                    serve: .seconds(600)
                )
                let image = try image(bytes, index < 2 ? source : nil, relay)
                group.addTask { try await member.outcome(image) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0?.outcome == .cached && $0?.isVerified == true }, "\(outcomes)")
        let fromSource = outcomes.compactMap { $0?.fromSourceBytes }.reduce(0, +)
        let fromPeers = outcomes.compactMap { $0?.fromPeersBytes }.reduce(0, +)
        #expect(fromSource >= 3_000_000 && fromSource < 6_000_000, "\(fromSource)")
        #expect(fromSource + fromPeers >= 12_000_000)
        for member in members {
            let isSame = member.folder.read(sha1Hex("ubuntu")) == bytes
            #expect(isSame)
        }
    }
}

/// An agent with a certificate of the tests' fleet, on the loopback.
final class MeshMember: Sendable {
    let folder = TemporaryFolder()
    let place: AgentPlace
    private let loops: EventLoopGroup
    private let server: HTTPServer
    private let desk: TaskDesk
    private let keys: TemporaryFolder

    /// Members of one fleet.
    static func fleet(_ count: Int) async throws -> [MeshMember] {
        let keys = TemporaryFolder()
        try ChildProcess.run(
            ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=fleet", "-newkey", "rsa:2048"]
                + ["-keyout", "\(keys.path)/ca.key", "-out", "\(keys.path)/ca.pem"]
        )
        var members: [MeshMember] = []
        for number in 1...count { members.append(try await MeshMember("compute-\(number)", keys)) }
        return members
    }

    private init(_ name: String, _ keys: TemporaryFolder) async throws {
        self.keys = keys
        try ChildProcess.run(
            ["openssl", "req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=\(name)", "-newkey", "ed25519"]
                + ["-keyout", "\(keys.path)/\(name).key", "-addext", "subjectAltName=DNS:\(name)"]
                + [
                    "-CA", "\(keys.path)/ca.pem", "-CAkey", "\(keys.path)/ca.key", "-out",
                    "\(keys.path)/\(name).pem",
                ]
        )
        let host = try HostName(name)
        let identity = try RelayIdentity(
            host: host,
            certificate: keys.read("\(name).pem"),
            key: keys.read("\(name).key"),
            authorities: "\(keys.path)/ca.pem"
        )
        loops = try EventLoopGroup(count: 1, name: name)
        let loop = loops.loops[0]
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (cache, shelf, metrics) = (
            try ImageCache(CacheConfiguration(directory: folder.path)), RelayShelf(), MetricsRegistry()
        )
        desk = TaskDesk(
            cache: cache,
            fetcher: try HTTPFetcher(loop: loop),
            shelf: shelf,
            loop: loop,
            configuration: PullConfiguration(
                redirectAddresses: .any,
                mesh: MeshAccess(identity: identity, tls: nil)
            ),
            metrics: PullMetrics(metrics),
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

    func outcome(_ image: OrderedImage) async throws -> ImageOutcome? {
        let job = JobID.make()
        var watch = try await desk.submit(
            AgentTask(
                id: TaskID(job: job, host: 1),
                job: job,
                attempt: 1,
                timeout: .seconds(600),
                images: [image]
            )
        )
        var outcome: ImageOutcome?
        while let events = try await watch.next() {
            for case .outcome(_, let found) in events { outcome = found }
        }
        return outcome
    }
}
