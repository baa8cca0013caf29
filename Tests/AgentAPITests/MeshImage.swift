import Digesting
import PrecacheAPI
import PrecacheModel
import TestSupport

@testable import AgentAPI
@testable import PullWork

/// An image that members of a fleet exchange.
struct MeshImage {
    let bytes: [UInt8]
    let digest: Digest
    let fleet: MeshFleet
    var ticket = String(repeating: "t", count: 43)

    let format: DiskFormat

    static let disk: [UInt8] = bytes(3_000_000)

    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    init(_ fleet: MeshFleet, count: Int = 3_000_000) throws {
        try self.init(fleet, Self.bytes(count), .raw)
    }

    /// ``disk`` in a container that is converted.
    static func qcow2(_ fleet: MeshFleet) throws -> MeshImage {
        let made = TemporaryFolder()
        made.write("data", disk)
        try ChildProcess.run(
            ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", "\(made.path)/data", "\(made.path)/disk"]
        )
        return try MeshImage(fleet, made.read("disk"), .qcow2)
    }

    init(_ fleet: MeshFleet, _ bytes: [UInt8], _ format: DiskFormat) throws {
        (self.fleet, self.bytes, self.format) = (fleet, bytes, format)
        let running = try StreamingDigest(.sha256)
        try running.update(bytes)
        digest = try Digest(.sha256, hex: running.finishHex())
    }

    var file: String { sha1Hex("ubuntu") }

    func source() -> StepServer { StepServer { [bytes] in StepServer.file(bytes, $0) } }

    /// The image as it is ordered of a member; of a seed with a source, its part, and what the service says of it if that isn't
    /// to be the right thing.
    func order(
        _ source: StepServer? = nil,
        seed: (host: HostName, index: Int, count: Int)? = nil,
        warrant: SeedWarrant? = nil,
        neighbours: [AgentPlace] = [],
        far: [AgentPlace] = []
    ) throws -> OrderedImage {
        let part = try seed.map { seed in
            SeedPart(
                index: seed.index,
                count: seed.count,
                warrant: try warrant ?? fleet.warrant(digest, ticket, seed.host)
            )
        }
        return try wanted(
            source,
            RelayOrder(
                ticket: ticket,
                pieceBytes: 262_144,
                seed: part,
                neighbours: neighbours.map { RelayNeighbour(place: $0, isFar: false) }
                    + far.map { RelayNeighbour(place: $0, isFar: true) },
                serve: .seconds(600)
            )
        )
    }

    func wanted(_ source: StepServer?, _ relay: RelayOrder?) throws -> OrderedImage {
        var image = OrderedImage(
            ImageReference(
                id: try ImageID("ubuntu"),
                name: nil,
                url: source?.url() ?? "",
                sizeBytes: Int64(bytes.count),
                digest: digest,
                diskFormat: format,
                allowsUnverified: false
            ),
            relay: relay
        )
        image.sources = source.map { [ImageSource(url: $0.url())] } ?? []
        return image
    }

    /// Makes a member a seed that has it all and gives it.
    func seed(_ member: MeshMember, warrant: SeedWarrant? = nil) async throws {
        let source = source()
        let outcome = try await member.outcome(
            try order(source, seed: (member.place.host, 0, 1), warrant: warrant)
        )
        withExtendedLifetime(source) {}
        guard outcome?.outcome == .cached, outcome?.fromSourceBytes == Int64(bytes.count) else {
            throw MeshTestFailure(words: "\(String(describing: outcome))")
        }
    }

    func isWhole(at member: MeshMember) -> Bool { member.folder.read(file) == bytes }
}

/// A seed whose answers are a test's.
struct ScriptedSeed: Sendable {
    let identity: RelayIdentity
    let image: MeshImage
    let bytes: [UInt8]
    let head: StepServer.Step

    /// What it says that it has.
    func says(_ pieces: ClosedRange<Int>) -> StepServer.Step { .bytes(RelayLine.lines(have: [pieces])) }

    /// A piece of its bytes, sealed by it.
    func gives(_ piece: Int) -> StepServer.Step {
        let layout = PieceLayout(sizeBytes: Int64(bytes.count), pieceBytes: 262_144)
        let part = layout.bytes(of: piece)
        let body = Array(bytes[Int(part.lowerBound)..<Int(part.upperBound)])
        let book = SealBook(identity, content: image.digest, ticket: image.ticket)
        guard let seal = try? book.seal(piece, layout, body) else { return .reset }
        let head = StepServer.head(
            "200 OK",
            ["Content-Length: \(body.count)", "Precache-Seal: \(seal.field)"]
        )
        return .bytes(Array(head.utf8) + body)
    }
}

extension MeshImage {
    /// A seed that the service vouches for and that does as it likes: `answer` is told the piece that is asked for, nil for
    /// whoever listens.
    func script(
        _ name: String,
        _ bytes: [UInt8],
        _ answer: @escaping @Sendable (ScriptedSeed, Int?) -> [StepServer.Step]
    ) throws -> (server: StepServer, place: AgentPlace) {
        try fleet.make(name)
        let (host, identity) = (try HostName(name), try fleet.identity(HostName(name)))
        let warrant = try fleet.warrant(digest, ticket, host)
        let proof = RelayLine.seed(host, certificate: identity.certificate, warrant).line()
        let head = StepServer.head("200 OK", []) + String(decoding: proof, as: UTF8.self)
        let seed = ScriptedSeed(identity: identity, image: self, bytes: bytes, head: .text(head))
        let server = StepServer { head in
            let piece = head.prefix { $0 != "\r" }.split(separator: " ")[1].split(separator: "/").last
            let number = piece.flatMap { Int($0) }
            return (number == nil ? [seed.head] : []) + answer(seed, number)
        }
        return (server, AgentPlace(host: host, address: "127.0.0.1", port: server.port))
    }
}
