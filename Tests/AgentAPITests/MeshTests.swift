import Digesting
import Glibc
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
@Suite(.timeLimit(.minutes(10)))
struct MeshTests {
    private let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    private func image(_ source: StepServer?, _ relay: RelayOrder) throws -> OrderedImage {
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

    private func order(
        seed: SeedPart? = nil,
        seeds: [MeshMember],
        neighbours: [AgentPlace],
        ticket: Character = "t"
    ) -> RelayOrder {
        RelayOrder(
            ticket: String(repeating: ticket, count: 43),
            pieceBytes: 262_144,
            seed: seed,
            seeds: seeds.map(\.place.host),
            neighbours: neighbours.map { RelayNeighbour(place: $0, isFar: false) },
            serve: .seconds(600)
        )
    }

    private func source() -> StepServer { StepServer { [bytes] in StepServer.file(bytes, $0) } }

    /// A seed that has it all and gives it.
    private func seed(_ member: MeshMember) async throws {
        let (source, order) = (
            source(), order(seed: SeedPart(index: 0, count: 1), seeds: [member], neighbours: [])
        )
        let outcome = try await member.outcome(try image(source, order))
        #expect(!source.requests.isEmpty)
        #expect(
            outcome?.outcome == .cached && outcome?.fromSourceBytes == 3_000_000,
            "\(String(describing: outcome))"
        )
    }

    @Test func aFleetGetsAnImageAndTheSourceSendsLessThanTwoCopies() async throws {
        let source = source()
        let members = try await MeshMember.fleet(4)
        let outcomes = try await withThrowingTaskGroup(of: ImageOutcome?.self) { group in
            for (index, member) in members.enumerated() {
                let order = order(
                    seed: index < 2 ? SeedPart(index: index, count: 2) : nil,
                    seeds: Array(members.prefix(2)),
                    neighbours: members.map(\.place).filter { $0 != member.place }
                )
                let image = try image(index < 2 ? source : nil, order)
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

    @Test func whoGivesOtherBytesThanWereSealedIsLeft() async throws {
        let members = try await MeshMember.fleet(2)
        try await seed(members[0])
        // In place: it is the file that is given, whatever its name.
        let file = open("\(members[0].folder.path)/\(sha1Hex("ubuntu"))", O_WRONLY)
        #expect(pwrite(file, "wrong", 5, 1_000_000) == 5)
        close(file)
        let order = order(seeds: [members[0]], neighbours: [members[0].place])
        let outcome = try await members[1].outcome(try image(nil, order))
        #expect(outcome?.reason == .peersUnavailable && outcome?.isRetryable == true)
        #expect(
            outcome?.detail?.contains("compute-1: piece 3 is not what seed compute-1 sealed") == true,
            "\(outcome?.detail ?? "")"
        )
    }

    @Test func withoutTheTicketThereIsNothing() async throws {
        let members = try await MeshMember.fleet(2)
        try await seed(members[0])
        let order = order(seeds: [members[0]], neighbours: [members[0].place], ticket: "u")
        let outcome = try await members[1].outcome(try image(nil, order))
        #expect(outcome?.reason == .peersUnavailable)
        #expect(outcome?.detail?.contains("compute-1: it answered 404") == true, "\(outcome?.detail ?? "")")
    }

    @Test func aSeedOfAnotherFleetIsNotBelieved() async throws {
        let (ours, others) = (try await MeshMember.fleet(2), try await MeshMember.fleet(1))
        try await seed(others[0])
        let order = order(seeds: [others[0]], neighbours: [others[0].place])
        let outcome = try await ours[1].outcome(try image(nil, order))
        #expect(outcome?.reason == .peersUnavailable)
        #expect(
            outcome?.detail?.contains("a certificate for seed compute-1 that isn't to be believed") == true,
            "\(outcome?.detail ?? "")"
        )
    }

    @Test func aHostThatIsNoSeedSealsNothing() async throws {
        let members = try await MeshMember.fleet(3)
        try await seed(members[0])
        let order = order(seeds: [members[2]], neighbours: [members[0].place])
        let outcome = try await members[1].outcome(try image(nil, order))
        #expect(outcome?.reason == .peersUnavailable)
        #expect(
            outcome?.detail?.contains("is not what seed compute-1 sealed") == true,
            "\(outcome?.detail ?? "")"
        )
    }

    @Test func whatASourceServesWrongGetsNoName() async throws {
        let members = try await MeshMember.fleet(2)
        let wrong = StepServer { [bytes] in StepServer.file(bytes.map { $0 ^ 1 }, $0) }
        let order = order(seed: SeedPart(index: 0, count: 1), seeds: [members[0]], neighbours: [])
        let outcome = try await members[0].outcome(try image(wrong, order))
        #expect(outcome?.reason == .checksumMismatch && !wrong.requests.isEmpty)
        #expect(members[0].folder.size(sha1Hex("ubuntu")) == nil)
    }

    @Test func whoHasNobodyToAskSaysSo() async throws {
        let members = try await MeshMember.fleet(2)
        let dead = AgentPlace(host: members[0].place.host, address: "127.0.0.1", port: 9)
        let order = order(seeds: [members[0]], neighbours: [dead])
        let outcome = try await members[1].outcome(try image(nil, order))
        #expect(outcome?.reason == .peersUnavailable)
        #expect(
            outcome?.detail?.hasPrefix("nobody is left to get the image from: compute-1: ") == true,
            "\(outcome?.detail ?? "")"
        )
    }

    @Test func aNewerAttemptBringsOtherNeighbours() async throws {
        let members = try await MeshMember.fleet(3)
        // Has a place in the mesh, and nothing to give.
        let idle = order(seeds: [members[0]], neighbours: [members[2].place])
        async let waiting = members[1].outcome(try image(nil, idle))
        async let nothing = members[2].outcome(
            try image(nil, order(seeds: [members[0]], neighbours: [members[1].place]))
        )
        try await seed(members[0])
        for member in members.dropFirst() {
            let order = order(seeds: [members[0]], neighbours: [members[0].place])
            #expect(try await member.outcome(try image(nil, order), attempt: 2)?.outcome == .cached)
        }
        _ = try await (waiting, nothing)
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

    private let job = JobID.make()

    func outcome(_ image: OrderedImage, attempt: Int = 1) async throws -> ImageOutcome? {
        var watch = try await desk.submit(
            AgentTask(
                id: TaskID(job: job, host: 1),
                job: job,
                attempt: attempt,
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
