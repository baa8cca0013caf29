import FoundationEssentials
import HTTPFetching
import ImageCache
import PieceExchange
import PrecacheAPI
import PrecacheModel
import Reactor
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import PullWork

/// What a host gives to its neighbours and to how many of them, and what it takes from one that keeps to no rule.
@Suite(.timeLimit(.minutes(10)))
struct RelayTests {
    private static let ticket = String(repeating: "t", count: 43)
    private let content: Digest
    private let identity: RelayIdentity
    private let rig: PullRig
    private let layout = PieceLayout(sizeBytes: 2_000_000, pieceBytes: 262_144)

    init() throws {
        content = try Digest(.sha256, hex: String(repeating: "ab", count: 32))
        let certificates = try TestCertificates()
        let (certificate, key) = try certificates.make("compute-1")
        identity = try RelayIdentity(
            host: try HostName("compute-1"),
            certificate: Array(try Data(contentsOf: URL(filePath: certificate))),
            key: Array(try Data(contentsOf: URL(filePath: key))),
            authorities: certificates.authority,
            service: "service"
        )
        rig = try PullRig()
    }

    /// A seed that has all of an image of zeros.
    private func relay(
        _ content: Digest? = nil,
        _ layout: PieceLayout? = nil
    ) async throws -> Relay {
        let (content, layout) = (content ?? self.content, layout ?? self.layout)
        let expected = ExpectedImage(
            id: try ImageID("zeros-\(content.hex.prefix(4))"),
            sizeBytes: layout.sizeBytes,
            digest: content,
            allowsUnverified: false,
            diskFormat: .raw
        )
        let file = try await rig.cache.begin(expected).beginPieces()
        try await file.write(Array(repeating: 0, count: Int(layout.sizeBytes)), at: 0)
        let seals = SealBook(identity, content: content, ticket: Self.ticket)
        let relay = Relay(content: content, layout: layout, file: file, seals: seals, ticket: Self.ticket)
        relay.becomeSeed(.all(layout.count))
        return relay
    }

    private func uploads(
        _ shelf: RelayShelf,
        _ relay: Relay,
        _ peer: String,
        _ count: Int
    ) async -> [RelayShelf.Upload] {
        var all: [RelayShelf.Upload] = []
        for piece in 0..<count {
            if case .piece(_, let upload) = await shelf.give(piece, of: relay, to: peer) {
                all.append(upload)
            }
        }
        return all
    }

    @Test func oneNeighbourGetsAThirdOfThePlacesAndAllNoMoreThanThereAre() async throws {
        let registry = MetricsRegistry()
        let shelf = RelayShelf(uploads: 9, metrics: PullMetrics(registry))
        let relay = try await relay()
        var held: [RelayShelf.Upload] = []
        for peer in 0..<5 { held += await uploads(shelf, relay, "compute-\(peer)", 5) }
        #expect(held.count == 9)
        held.removeFirst(2)
        #expect(
            await uploads(shelf, relay, "compute-9", 5).count == 2,
            "places are free with the last reference"
        )
        guard case .missing = await shelf.give(layout.count, of: relay, to: nil) else {
            Issue.record("there is no such piece")
            return
        }
        withExtendedLifetime(held) {}
        // 16 of the first 25, and three of the last five.
        let figures = String(decoding: registry.render(), as: UTF8.self)
        #expect(figures.contains("\nprecache_agent_refused_uploads_total 19\n"))
    }

    @Test func whoGivesNothingHasNothingOnItsShelf() async throws {
        let (shelf, relay) = (RelayShelf(bytesPerSecond: 0), try await relay())
        relay.open(for: .seconds(60), on: shelf, rig.loop)
        #expect(shelf.find("\(content)", ticket: Self.ticket, { $0 == $1 }) == nil)
        #expect(relay.file.isOpen, "it is still being written")
        relay.end()
        #expect(!relay.file.isOpen)
    }

    @Test func theShelfIsBoundedAndEndsWithTheAgent() async throws {
        let (shelf, first) = (RelayShelf(), try await relay())
        shelf.put(first)
        let listening = try #require(first.listen(isFar: false, peer: "compute-2"))
        shelf.closeAll()
        var lines = 0
        for await _ in listening.lines { lines += 1 }
        #expect(lines == 0 && shelf.relay(of: content) == nil, "a seed tells what it has step by step")
        let late = first.listen(isFar: false, peer: nil) == nil
        #expect(late)
    }

    /// The one that nobody has asked for the longest makes room, of those that this host is done with.
    @Test func moreImagesThanMayBeGivenCostTheIdlestItsPlace() async throws {
        let (shelf, small) = (RelayShelf(), PieceLayout(sizeBytes: 1_000, pieceBytes: 262_144))
        var relays: [Relay] = []
        for number in 1_000..<1_065 {
            let content = try Digest(.sha256, hex: "\(number)" + String(repeating: "0", count: 60))
            relays.append(try await relay(content, small))
        }
        for relay in relays[1...] { relay.end() }
        for relay in relays[..<64] { shelf.put(relay) }
        #expect(relays[1].has(0), "it is asked for")
        shelf.put(relays[64])
        let gone = relays.indices.filter { shelf.relay(of: relays[$0].content) == nil }
        #expect(gone == [2], "the first is still being had, the second was asked for")
        #expect(!relays[2].file.isOpen)
        shelf.put(relays[2])
        let isBack = shelf.relay(of: relays[2].content) != nil
        #expect(isBack)
    }

    // MARK: How long

    /// Waits until it is given no more and its file is let go of, as long as a test may take.
    private func isGone(_ relay: Relay, from shelf: RelayShelf) async throws {
        while shelf.relay(of: relay.content) != nil || relay.file.isOpen {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func anImageIsGivenForSoLongAfterItsEndHoweverManyListen() async throws {
        let (shelf, relay, began) = (RelayShelf(), try await relay(), ContinuousClock.now)
        relay.end()
        let listening = try #require(relay.listen(isFar: false, peer: "compute-2"))
        relay.open(for: .milliseconds(300), on: shelf, rig.loop)
        for await _ in listening.lines {}
        #expect(ContinuousClock.now - began >= .milliseconds(300))
        try await isGone(relay, from: shelf)
    }

    @Test func anImageThatNobodyAsksForIsGivenNoLonger() async throws {
        let (shelf, relay) = (RelayShelf(), try await relay())
        relay.open(for: .seconds(600), idle: .milliseconds(100), on: shelf, rig.loop)
        try await Task.sleep(for: .milliseconds(300))
        #expect(shelf.relay(of: content) === relay, "this host is still getting it")
        var listening = relay.listen(isFar: false, peer: "compute-2")
        relay.end()
        try await Task.sleep(for: .milliseconds(300))
        #expect(shelf.relay(of: content) === relay && listening != nil, "somebody listens")
        listening = nil
        try await isGone(relay, from: shelf)
    }

    /// A host that gives up gives what stays of it, and the time for that is no other.
    @Test func whatWasGivenUpIsGivenAsLongAsFarAsItStays() async throws {
        let (shelf, relay) = (RelayShelf(), try await relay())
        relay.open(for: .seconds(600), idle: .milliseconds(100), on: shelf, rig.loop)
        var listening = relay.listen(isFar: false, peer: "compute-2")
        relay.end(keeping: 3)
        #expect((0..<layout.count).filter(relay.has) == [0, 1, 2])
        #expect(relay.file.isOpen && listening != nil)
        listening = nil
        try await isGone(relay, from: shelf)
    }

    /// A fifth of a second is caught up on.
    @Test func allUploadsTogetherKeepToTheRate() async throws {
        let shelf = RelayShelf(bytesPerSecond: 1_000_000, loop: rig.loop)
        let (relay, began) = (try await relay(), ContinuousClock.now)
        try await withThrowingTaskGroup { group in
            for peer in ["compute-2", "compute-3"] {
                let held = await uploads(shelf, relay, peer, 2)
                #expect(held.count == 2)
                for (piece, upload) in held.enumerated() {
                    group.addTask { [layout] in _ = try await upload.read(layout.bytes(of: piece)) }
                }
            }
            try await group.waitForAll()
        }
        #expect(ContinuousClock.now - began >= .milliseconds(4 * 262 - 200))
    }

    @Test func whoNeverReadsIsLeftAndWhoComesAnewTakesItsOldPlace() async throws {
        let relay = try await relay()
        let deaf = try #require(relay.listen(isFar: false, peer: "compute-2"))
        let proof = SealBook.Proof(certificate: "c", warrant: SeedWarrant(certificate: "c", signature: "s"))
        for _ in 0..<300 { relay.tell(seed: try HostName("compute-1"), proof) }
        var lines = 0
        for await _ in deaf.lines { lines += 1 }
        #expect(lines == 256, "what it was behind, then the end")
        let listeners = (0..<3).compactMap { _ in relay.listen(isFar: false, peer: "compute-3") }
        #expect(listeners.count == 3)
        for await _ in listeners[0].lines { Issue.record("nothing was told") }
        let many = (0..<100).compactMap { relay.listen(isFar: false, peer: "compute-\(100 + $0)") }
        #expect(many.count == 62, "64 at a time")
        relay.close()
    }

    @Test func oneNeighbourWaitsTwiceForAnImageAndAllNoMoreThanMayListen() throws {
        let shelf = RelayShelf(loop: rig.loop)
        shelf.expect(content, Self.ticket)
        let wait = { (peer: String) in
            shelf.wait(for: "\(content)", ticket: Self.ticket, peer: peer, { $0 == $1 })
        }
        var many = (0..<5).compactMap { _ in wait("compute-2") }
        #expect(many.count == 2)
        let others = (0..<100).compactMap { wait("compute-\(100 + $0)") }
        #expect(others.count == 62)
        #expect(shelf.wait(for: "\(content)", ticket: "other", peer: nil, { $0 == $1 }) == nil)
        withExtendedLifetime(others) {}
        many.removeAll()
        let freed = wait("compute-2") != nil
        #expect(freed)
    }

    // MARK: What neighbours send

    private func link(to port: Int, _ tls: ClientTLS? = nil) throws -> NeighbourLink {
        NeighbourLink(
            place: AgentPlace(host: try HostName("compute-2"), address: "127.0.0.1", port: port),
            isFar: false,
            content: content,
            tickets: [Self.ticket],
            trace: nil,
            layout: layout,
            access: MeshAccess(tls: tls) { [identity] in identity },
            fetcher: rig.fetcher,
            loop: rig.loop
        )
    }

    private func answer(_ steps: [StepServer.Step]) async throws -> String {
        let server = StepServer { _ in steps }
        return try await answer(of: link(to: server.port))
    }

    private func answer(of link: NeighbourLink) async throws -> String {
        switch await link.piece(0, within: .seconds(5)) {
        case .piece(let bytes, let seal): "\(bytes.count) \(seal.seed)"
        case .refused(let pause): "refused \(pause)"
        case .lost(let why): "lost \(why.prefix(15))"
        case .wrong(let why): "wrong \(why.prefix(15))"
        }
    }

    @Test func anAnswerIsAPieceOrWhyItIsNone() async throws {
        let (piece, seal) = (Array(repeating: UInt8(0), count: 262_144), "Precache-Seal: compute-1 c2ln")
        #expect(try await answer(StepServer.response("200 OK", [seal], body: piece)) == "262144 compute-1")
        #expect(try await answer(StepServer.response(body: piece)) == "wrong its answer has ")
        #expect(try await answer(StepServer.response("200 OK", [seal], body: piece + [0])).hasPrefix("wrong"))
        #expect(try await answer(StepServer.response("200 OK", [seal], body: [0])) == "wrong a piece of 1 by")
        for field in [
            "compute-1", "compute 1 c2ln", "compute-1 c2ln more", "compute-1 §",
            String(repeating: "c", count: 3_000),
        ] {
            let words = try await answer(
                StepServer.response("200 OK", ["Precache-Seal: \(field)"], body: piece)
            )
            #expect(words == "wrong its answer has ", "\(field.prefix(20))")
        }
        #expect(try await answer(StepServer.response("404 Not Found")) == "lost it answered 404")
        #expect(try await answer(StepServer.response("500 Internal Server Error")) == "lost it answered 500")
        let busy = StepServer.response("429 Too Many Requests", ["Retry-After: 100000"])
        #expect(try await answer(busy) == "refused 10.0 seconds")
        let cut = StepServer.head("200 OK", ["Content-Length: 262144", seal])
        #expect(try await answer([.text(cut), .bytes([0, 0])]).hasPrefix("lost"))
    }

    /// The name that the service gave, in a certificate of the fleet's authority, or nothing is asked.
    @Test func whoIsAskedHasToBeWhoItIs() async throws {
        let (certificates, foreign) = (try TestCertificates(), try TestCertificates())
        let own = try certificates.make("compute-1")
        let tls = ClientTLS(
            caFile: certificates.authority,
            certificateFile: own.certificate,
            keyFile: own.key
        )
        for (identity, isRight) in [
            (try certificates.make("compute-2"), true), (try certificates.make("compute-3"), false),
            (try foreign.make("compute-2"), false), (try foreign.make("compute-2", selfSigned: true), false),
        ] {
            // Its page has no piece: that is said of who was asked.
            let server = try TLSServer(identity, clientAuthority: certificates.authority)
            let words = try await answer(of: link(to: server.port, tls))
            #expect(words.hasPrefix("wrong its answer") == isRight, "\(identity.certificate): \(words)")
            let why = try await link(to: server.port, tls).listen { _ in Issue.record("it said nothing") }
            #expect(why.contains("certificate") == !isRight, "\(why)")
        }
    }

    @Test func aNeighboursLinesAreReadNoFasterThanTheyCanBeNews() async throws {
        let flood = StepServer { _ in
            [
                .text(StepServer.head("200 OK", [])),
                .text(String(repeating: "{\"beat\":true}\n", count: 600)),
            ]
        }
        let (heard, began) = (Heard(), ContinuousClock.now)
        let why = try await link(to: flood.port).listen { _ in heard.count.add(1, ordering: .relaxed) }
        #expect(why == "it ended" && heard.count.load(ordering: .relaxed) == 600)
        #expect(ContinuousClock.now - began >= .seconds(3))
        // Nor are lines that say nothing.
        let blank = StepServer { _ in
            [.text(StepServer.head("200 OK", [])), .text(String(repeating: "\n", count: 600_000))]
        }
        let second = ContinuousClock.now
        #expect(try await link(to: blank.port).listen { _ in } == "it ended")
        #expect(ContinuousClock.now - second >= .seconds(3))
        let endless = StepServer { _ in
            [.text(StepServer.head("200 OK", [])), .text(String(repeating: " ", count: 70_000))]
        }
        #expect(try await link(to: endless.port).listen { _ in } != "it ended")
        let liar = StepServer { _ in [.text(StepServer.head("200 OK", [])), .text("{\"have\":[[0,8]]}\n")] }
        #expect(
            try await link(to: liar.port).listen { _ in heard.count.add(1, ordering: .relaxed) } != "it ended"
        )
        #expect(heard.count.load(ordering: .relaxed) == 600)
    }

    private final class Heard: Sendable { let count = Atomic(0) }
}

@Suite struct SourceTurnTests {
    private func part(_ index: Int, _ signature: String) -> SeedPart {
        SeedPart(
            index: index,
            count: 2,
            warrant: SeedWarrant(certificate: "c", signature: signature)
        )
    }

    @Test func aSeedThatIsVouchedForAnewGoesOnWithItsRun() {
        let picker = PiecePicker(have: PieceSet(size: 64), neighbours: [], seed: 1)
        var turn = SourceTurn(part(0, "a"))
        #expect(turn.share.next(picker, window: 64, at: .zero) == 0...15)
        turn.isReading = true
        turn.source = 1
        let same = SourceTurn(part(0, "b"), after: turn)
        #expect(same.isReading && same.source == 0)
        var other = SourceTurn(part(1, "b"), after: turn)
        #expect(other.isReading, "one run is read at a time")
        #expect(other.share.next(picker, window: 64, at: .zero) == 16...31)
    }

    /// Some images at once wait for no more bytes than one does.
    @Test func exchangesShareTheMemory() {
        let exchanges = RunningExchanges()
        exchanges.begin()
        #expect(exchanges.share(of: 4 << 20) == 6 && exchanges.share(of: 1 << 20) == 24)
        for _ in 0..<3 { exchanges.begin() }
        #expect(exchanges.share(of: 4 << 20) == 1 && exchanges.share(of: 1 << 20) == 6)
        for _ in 0..<3 { exchanges.end() }
        #expect(exchanges.share(of: 4 << 20) == 6)
    }
}
