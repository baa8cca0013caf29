import Glibc
import ImageConversion
import Logging
import PrecacheAPI
import PrecacheModel
import Telemetry
import TestSupport
import Testing

@testable import AgentAPI
@testable import ImageCache
@testable import PullWork

/// Sources and disks that fail while an image is exchanged.
@Suite(.timeLimit(.minutes(10)))
struct MeshFaultTests {
    private let beat = String(decoding: RelayLine.beat.line(), as: UTF8.self)

    /// One that sends the whole image whatever part is asked for, or says that it can't send parts.
    @Test(arguments: [true, false])
    func aSourceThatGivesNoPartsIsReadOnce(isRefusing: Bool) async throws {
        let fleet = try MeshFleet()
        let image = try MeshImage(fleet, count: 11_000_000)
        let source = StepServer { [bytes = image.bytes] head in
            let asksForPart = head.lowercased().contains("range:")
            return isRefusing && asksForPart
                ? StepServer.response("400 Bad Request") : StepServer.response(body: bytes)
        }
        let member = try await fleet.members(1)[0]
        let outcome = try await member.outcome(try image.order(source, seed: (member.place.host, 1, 2)))
        #expect(outcome?.outcome == .cached && image.isWhole(at: member), "\(String(describing: outcome))")
        // Its own run is not the image's first: that one is read once more, when no other seed brings it.
        #expect(outcome?.fromSourceBytes ?? 0 <= 16_000_000, "\(String(describing: outcome))")
        #expect(source.requests.count <= (isRefusing ? 4 : 2), "\(source.requests.count)")
    }

    @Test func aSourceThatIsCutMidwayIsGoneOnWith() async throws {
        let fleet = try MeshFleet()
        let image = try MeshImage(fleet)
        let cut = StepServer { [bytes = image.bytes] head in
            guard StepServer.offset(head) == 0 else { return StepServer.file(bytes, head) }
            return [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])),
                .bytes(Array(bytes.prefix(1_000_000))),
            ]
        }
        let member = try await fleet.members(1)[0]
        let outcome = try await member.outcome(try image.order(cut, seed: (member.place.host, 0, 1)))
        #expect(outcome?.outcome == .cached && image.isWhole(at: member), "\(String(describing: outcome))")
        #expect(cut.requests.count == 2 && outcome?.fromSourceBytes ?? 0 < 4_000_000)
    }

    @Test func aSourceThatFailsEndsTheSeedAsItEndsADownload() async throws {
        let fleet = try MeshFleet()
        let (image, members) = (try MeshImage(fleet), try await fleet.members(1))
        let source = StepServer { _ in StepServer.response("403 Forbidden") }
        let order = try image.order(source, seed: (members[0].place.host, 0, 1))
        let outcome = try await members[0].outcome(order)
        #expect(outcome?.reason == .sourceUnauthorized, "\(String(describing: outcome))")
        #expect(source.requests.count == 1)
    }

    /// Want is said, and nobody gives up: what the source has sent is had by all meanwhile.
    @Test func aSlowSourceSetsThePaceForAll() async throws {
        let fleet = try MeshFleet()
        let (image, members) = (try MeshImage(fleet), try await fleet.members(2))
        let gates = [Latch(), Latch()]
        let source = StepServer { [bytes = image.bytes] _ in
            [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])),
                .bytes(Array(bytes[..<1_000_000])), .wait(gates[0]),
                .bytes(Array(bytes[1_000_000..<2_000_000])), .wait(gates[1]),
                .bytes(Array(bytes[2_000_000...])),
            ]
        }
        let order = try image.order(
            source,
            seed: (members[0].place.host, 0, 1),
            neighbours: [members[1].place]
        )
        async let seed = members[0].outcome(order)
        var watch = try await members[1].submit(try image.order(neighbours: [members[0].place]))
        var (done, wants, hasMore, outcome) = (Int64(0), 0, false, ImageOutcome?.none)
        while let events = try await watch.next() {
            for event in events {
                switch event {
                case .progress(_, let bytes): done = bytes.done
                case .starved: wants += 1
                case .peerFault: Issue.record("\(event)")
                case .outcome(_, let found): outcome = found
                default: break
                }
            }
            if done >= 3 * 262_144 && wants > 0 { gates[0].open() }
            guard done >= 7 * 262_144 && done < 3_000_000 else { continue }
            hasMore = true
            gates[1].open()
        }
        #expect(outcome?.outcome == .cached && outcome?.fromPeersBytes == 3_000_000)
        #expect(image.isWhole(at: members[1]) && wants > 0 && hasMore, "\(String(describing: outcome))")
        let first = try await seed
        #expect(first?.outcome == .cached && first?.fromSourceBytes == 3_000_000)
        #expect(source.requests.count == 1)
    }

    /// After another seed has had it, the image is had by all the same, and given on as long as it was to be.
    @Test(arguments: ["401 Unauthorized", "403 Forbidden", "404 Not Found"])
    func anImageThatIsRevokedMeanwhileIsHadFromWhoHasIt(status: String) async throws {
        let fleet = try MeshFleet()
        let (image, members) = (try MeshImage(fleet), try await fleet.members(2))
        let (asked, rest) = (Latch(), Latch())
        let source = StepServer { _ in [.tell(asked)] + StepServer.response(status) }
        let first = try image.script("compute-9", image.bytes) { seed, piece in
            piece.map { [seed.gives($0)] }
                ?? [.wait(asked), seed.says(0...11), .beat(beat, until: rest)]
        }
        defer { rest.open() }
        let order = try image.order(
            source,
            seed: (members[0].place.host, 1, 2),
            neighbours: [first.place]
        )
        let second = try await members[0].outcome(order)
        try #require(second?.outcome == .cached && second?.fromSourceBytes == 0)
        #expect(source.requests.count == 1, "it is not asked again")
        let late = try await members[1].outcome(try image.order(neighbours: [members[0].place]))
        #expect(late?.outcome == .cached && image.isWhole(at: members[1]), "\(String(describing: late))")
    }

    /// Nobody can tell before the image's own digest does; then the seeds are said, and once the right bytes are there, who lied.
    @Test(arguments: [true, false])
    func aSeedThatSealsWrongBytesIsNamedOnceTheRightOnesAreThere(isConverted: Bool) async throws {
        let fleet = try MeshFleet()
        let image = try isConverted ? MeshImage.qcow2(fleet) : MeshImage(fleet)
        let member = try await MeshMember("compute-1", fleet)
        let (last, rest) = ((image.bytes.count - 1) / 262_144, Latch())
        defer { rest.open() }
        var wrong = image.bytes
        wrong[7 * 262_144] ^= 1
        let seeds = try [("compute-2", image.bytes, 0...3), ("compute-3", wrong, 4...last)].map {
            name,
            bytes,
            pieces in
            try image.script(name, bytes) { seed, piece in
                piece.map { [seed.gives($0)] } ?? [seed.says(pieces), .beat(beat, until: rest)]
            }
        }
        let order = try image.order(neighbours: seeds.map(\.place))
        let first = try await member.outcome(order)
        #expect(first?.reason == .checksumMismatch, "\(String(describing: first))")
        let words = "; its pieces were sealed by compute-2, compute-3"
        #expect(first?.detail?.hasSuffix(words) == true, "\(first?.detail ?? "")")
        #expect(member.metric("precache_agent_peer_faults_total") <= 0)
        let source = image.source()
        let events = try await member.events(try image.wanted(source, nil), attempt: 2)
        withExtendedLifetime(source) {}
        let faults = events.filter { if case .peerFault = $0 { true } else { false } }
        let fault = "piece 7, which it sealed, is not the image's"
        #expect(
            faults == [.peerFault(host: seeds[1].place.host, image: try ImageID("ubuntu"), fault: fault)]
        )
        guard case .outcome(_, let second)? = events.dropLast().last else {
            throw MeshTestFailure(words: "\(events)")
        }
        #expect(second.outcome == .cached, "\(second)")
    }

    @Test func whoseDiskIsFullSaysSoAndLeavesNothing() async throws {
        let fleet = try MeshFleet()
        let image = try MeshImage(fleet)
        let source = image.source()
        for isSeed in [true, false] {
            let full = try await MeshMember("compute-9", fleet) { $0.minimumFreeBytes = 1 << 60 }
            let outcome = try await full.outcome(
                try image.order(
                    isSeed ? source : nil,
                    seed: isSeed ? (full.place.host, 0, 1) : nil
                )
            )
            #expect(outcome?.reason == .noSpace, "\(String(describing: outcome))")
            #expect(full.shelf.relay(of: image.digest) == nil)
        }
        #expect(source.requests.isEmpty)
    }

    /// What an agent that was killed left is gone on with, as far as it is whole; what it gave before it gives again.
    ///
    /// Where a failed disk changed it, that is found at the end, and all is fetched anew.
    @Test(arguments: [false, true])
    func anAgentGoesOnFromItsPieces(isDamaged: Bool) async throws {
        let fleet = try MeshFleet()
        let (image, seed) = (try MeshImage(fleet), try await MeshMember("compute-1", fleet))
        let stop = Latch()
        let source = StepServer { [bytes = image.bytes] head in
            guard StepServer.offset(head) == 0 else { return [.wait(stop), .reset] }
            return [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])),
                .bytes(Array(bytes.prefix(2_000_000))), .wait(stop), .reset,
            ]
        }
        var watch = try await seed.submit(try image.order(source, seed: (seed.place.host, 0, 1)))
        while let events = try await watch.next() {
            let isThere = events.contains { event in
                if case .progress(_, let bytes) = event { bytes.done >= 1_800_000 } else { false }
            }
            if isThere { break }
        }
        await seed.desk.stop()
        stop.open()
        // Its directory is locked for as long as the first agent's objects are there.
        let copy = TemporaryFolder()
        try ChildProcess.run(["cp", "-a", "\(seed.folder.path)/.", copy.path])
        if isDamaged {
            let part = open("\(copy.path)/.precache/staging/\(image.file).part", O_WRONLY)
            #expect(pwrite(part, Array(repeating: 0, count: 1_000), 1_000, 300_000) == 1_000)
            close(part)
        }
        let whole = image.source()
        let restarted = try await MeshMember("compute-1", fleet, folder: copy)
        let order = try image.order(whole, seed: (restarted.place.host, 0, 1))
        let outcome = try await restarted.outcome(order)
        #expect(outcome?.outcome == .cached && image.isWhole(at: restarted), "\(String(describing: outcome))")
        let most = isDamaged ? 4_500_000 : 1_500_000
        #expect(outcome?.fromSourceBytes ?? 0 < most, "\(String(describing: outcome))")
        withExtendedLifetime(whole) {}
        let member = try await MeshMember("compute-2", fleet)
        let got = try await member.outcome(try image.order(neighbours: [restarted.place]))
        #expect(got?.outcome == .cached && image.isWhole(at: member), "\(String(describing: got))")
    }
}

/// Bytes that come at a wrong time.
@Suite(.timeLimit(.minutes(10)))
struct MeshTimingTests {
    private let beat = String(decoding: RelayLine.beat.line(), as: UTF8.self)

    /// A neighbour that trickles gives a piece after another gave it, and after its bytes were digested.
    @Test func whatComesOnceMoreIsDropped() async throws {
        let fleet = try MeshFleet()
        let (image, member) = (try MeshImage(fleet), try await MeshMember("compute-1", fleet))
        let (asked, trickles, rest, over) = (Latch(), Latch(), Latch(), Latch())
        defer { over.open() }
        // A seed by warrant, too: nobody else can say that its bytes are wrong.
        let liar = try image.script("compute-2", image.bytes.map { $0 ^ 1 }) { seed, piece in
            piece == nil
                ? [seed.says(0...0), .beat(beat, until: rest)]
                : [.tell(asked), .wait(trickles), seed.gives(0)]
        }
        let seed = try image.script("compute-3", image.bytes) { seed, piece in
            guard let piece else {
                return [
                    .wait(asked), seed.says(0...10), .beat(beat, until: rest), seed.says(11...11),
                    .beat(beat, until: over),
                ]
            }
            return [seed.gives(piece)]
        }
        var watch = try await member.submit(try image.order(neighbours: [liar.place, seed.place]))
        var (outcome, faults) = (ImageOutcome?.none, [AgentEvent]())
        while let events = try await watch.next() {
            for event in events {
                if case .outcome(_, let found) = event { outcome = found }
                if case .peerFault = event { faults.append(event) }
                guard case .progress(_, let bytes) = event, bytes.done >= 11 * 262_144 else { continue }
                trickles.open()
                // On a slow machine the late answer may have been given up meanwhile, and then nothing comes twice.
                for _ in 0..<1_000 where member.metric("precache_agent_duplicate_bytes_total") <= 0 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                rest.open()
            }
        }
        let isWhole = image.isWhole(at: member)
        #expect(outcome?.outcome == .cached && isWhole, "\(String(describing: outcome))")
        let fault = "piece 0, which it sealed, is not the image's"
        let isTwice = member.metric("precache_agent_duplicate_bytes_total") > 0
        let named = AgentEvent.peerFault(host: liar.place.host, image: try ImageID("ubuntu"), fault: fault)
        #expect(faults == (isTwice ? [named] : []))
    }

    /// A newer order sends a host to the source while its bytes are being digested.
    @Test func whoGoesToTheSourceDigestsNothingTwice() async throws {
        let fleet = try MeshFleet()
        let (image, member) = (try MeshImage(fleet), try await MeshMember("compute-1", fleet))
        let (busy, rest) = (Latch(), Latch())
        let seed = try image.script("compute-2", image.bytes) { seed, piece in
            piece.map { [seed.gives($0)] } ?? [seed.says(0...10), .beat(beat, until: rest)]
        }
        for _ in 0..<4 {
            Task { [lanes = member.cache.lanes] in try await lanes.onDigesting { busy.wait() } }
        }
        var watch = try await member.submit(try image.order(neighbours: [seed.place]))
        while member.metric("precache_agent_peer_bytes_total") < 5 * 262_144 {
            try await Task.sleep(for: .milliseconds(5))
        }
        let source = image.source()
        _ = try await member.submit(try image.wanted(source, nil))
        // Until it has looked at its order; a digest that is done before that is right as well.
        try await Task.sleep(for: .milliseconds(400))
        busy.open()
        rest.open()
        var outcome: ImageOutcome?
        while let events = try await watch.next() {
            for case .outcome(_, let found) in events { outcome = found }
        }
        #expect(
            outcome?.outcome == .cached && image.isWhole(at: member),
            "\(String(describing: outcome))"
        )
        withExtendedLifetime(source) {}
    }
}

/// What others read of a file, and what that means for its removal and its room.
@Suite(.timeLimit(.minutes(10)))
struct GivenFileTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func upkeep(_ cache: ImageCache) throws -> CacheUpkeep {
        try CacheUpkeep(
            cache: cache,
            configuration: UpkeepConfiguration(),
            metrics: UpkeepMetrics(MetricsRegistry()),
            logger: logger
        )
    }

    @Test func ourOwnReadingIsNoUseOfAFileThatIsToBeRemoved() async throws {
        let fleet = try MeshFleet()
        let (image, members) = (try MeshImage(fleet), try await fleet.members(2))
        try await image.seed(members[0])
        #expect(members[0].shelf.relay(of: image.digest) != nil)
        // A program that another test starts has our descriptors between fork and exec.
        while true {
            do {
                try await upkeep(members[0].cache).remove(try ImageID("ubuntu"))
                break
            } catch let error as CacheError {
                try #require(error.code == .inUse)
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        #expect(members[0].folder.size(image.file) == nil)
        let outcome = try await members[1].outcome(try image.order(neighbours: [members[0].place]))
        #expect(outcome?.reason == .peersUnavailable)
    }

    @Test func aConvertedImageIsGivenWhileAndAfterItIsConvertedUntilItsRoomIsNeeded() async throws {
        let (made, fleet) = (TemporaryFolder(), try MeshFleet())
        let script = """
            #!/bin/sh
            PATH=/usr/bin:/bin:/usr/local/bin
            while [ "$1" = convert ] && [ ! -e '\(made.path)/go' ]; do sleep 0.02; done
            exec qemu-img "$@"
            """
        made.write("qemu-img", Array(script.utf8))
        try #require(chmod("\(made.path)/qemu-img", 0o700) == 0)
        let image = try MeshImage.qcow2(fleet)
        let seed = try await MeshMember("compute-1", fleet) {
            $0.converter = ImageConverter(program: "\(made.path)/qemu-img")
        }
        let members = [
            try await MeshMember("compute-2", fleet), try await MeshMember("compute-3", fleet),
            try await MeshMember("compute-4", fleet),
        ]
        let source = image.source()
        async let converted = seed.outcome(try image.order(source, seed: (seed.place.host, 0, 1)))
        let order = try image.order(neighbours: [seed.place])
        let during = try await members[0].outcome(order)
        #expect(during?.outcome == .cached && image.isWhole(at: members[0]), "\(String(describing: during))")
        made.write("go", [])
        #expect(try await converted?.outcome == .cached)
        let isDisk = seed.folder.read(image.file).prefix(3_000_000) == MeshImage.disk[...]
        #expect(isDisk)
        let after = try await members[1].outcome(order)
        #expect(after?.outcome == .cached && image.isWhole(at: members[1]), "\(String(describing: after))")
        let upkeep = try upkeep(seed.cache)
        #expect(await upkeep.evictableBytes() >= 3_000_000, "what has no name is room")
        #expect(try await upkeep.makeRoom(bytes: 1) >= 3_000_000)
        #expect(seed.folder.size(image.file) != nil, "and no image had to go for it")
        #expect(try await members[2].outcome(order)?.reason == .peersUnavailable)
        withExtendedLifetime(source) {}
    }
}
