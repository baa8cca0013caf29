import Digesting
import Glibc
import PrecacheAPI
import PrecacheModel
import TestSupport
import Testing

@testable import AgentAPI
@testable import PullWork

/// Agents that exchange an image, each with a server, a desk and a cache of its own.
@Suite(.timeLimit(.minutes(10)))
struct MeshTests {
    private func rig(_ count: Int) async throws -> (image: MeshImage, members: [MeshMember]) {
        let fleet = try MeshFleet()
        return (try MeshImage(fleet), try await fleet.members(count))
    }

    @Test func aFleetGetsAnImageAndTheSourceSendsTwoCopiesAtMost() async throws {
        let (image, members) = try await rig(4)
        let source = image.source()
        let outcomes = try await withThrowingTaskGroup(of: ImageOutcome?.self) { group in
            for (index, member) in members.enumerated() {
                let order = try image.order(
                    index < 2 ? source : nil,
                    seed: index < 2 ? (member.place.host, index, 2) : nil,
                    neighbours: members.map(\.place).filter { $0 != member.place }
                )
                group.addTask { try await member.outcome(order) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0?.outcome == .cached && $0?.isVerified == true }, "\(outcomes)")
        let fromSource = outcomes.compactMap { $0?.fromSourceBytes }.reduce(0, +)
        let fromPeers = outcomes.compactMap { $0?.fromPeersBytes }.reduce(0, +)
        #expect(fromSource >= 3_000_000 && fromSource <= 6_000_000, "\(fromSource)")
        #expect(fromSource + fromPeers >= 12_000_000)
        #expect(members.allSatisfy(image.isWhole))
    }

    @Test func whoGivesOtherBytesThanWereSealedIsLeftAndNamed() async throws {
        let (image, members) = try await rig(2)
        try await image.seed(members[0])
        // In place: it is the file that is given, whatever its name.
        let file = open("\(members[0].folder.path)/\(image.file)", O_WRONLY)
        #expect(pwrite(file, "wrong", 5, 1_000_000) == 5)
        close(file)
        let events = try await members[1].events(try image.order(neighbours: [members[0].place]))
        guard case .outcome(_, let outcome)? = events.dropLast().last else {
            throw MeshTestFailure(words: "\(events)")
        }
        #expect(outcome.reason == .peersUnavailable && outcome.isRetryable)
        let words = "piece 3 is not what seed compute-1 sealed"
        #expect(outcome.detail?.contains("compute-1: \(words)") == true, "\(outcome.detail ?? "")")
        #expect(outcome.fromPeersBytes != nil && outcome.fromSourceBytes == 0, "it failed, and counts")
        #expect(
            events.contains(
                .peerFault(host: members[0].place.host, image: try ImageID("ubuntu"), fault: words)
            )
        )
        #expect(members[1].metric("precache_agent_peer_faults_total") == 1)
        #expect(members[0].metric("precache_agent_relays_open") == 1)
    }

    @Test func withoutTheTicketThereIsNothing() async throws {
        var (image, members) = try await rig(2)
        try await image.seed(members[0])
        image.ticket = String(repeating: "u", count: 43)
        let outcome = try await members[1].outcome(try image.order(neighbours: [members[0].place]))
        #expect(outcome?.reason == .peersUnavailable)
        #expect(outcome?.detail?.contains("compute-1: it answered 404") == true, "\(outcome?.detail ?? "")")
    }

    @Test func whatASourceServesWrongGetsNoNameAndIsGivenNoMore() async throws {
        let (image, members) = try await rig(1)
        let wrong = StepServer { head in StepServer.file(image.bytes.map { $0 ^ 1 }, head) }
        let outcome = try await members[0].outcome(
            try image.order(wrong, seed: (members[0].place.host, 0, 1))
        )
        #expect(outcome?.reason == .checksumMismatch && !wrong.requests.isEmpty)
        #expect(members[0].folder.size(image.file) == nil)
        let relay = members[0].shelf.find("\(image.digest)", ticket: image.ticket, { $0 == $1 })
        #expect(relay == nil)
    }

    @Test func whoHasNobodyToAskSaysSo() async throws {
        let (image, members) = try await rig(2)
        let dead = AgentPlace(host: members[0].place.host, address: "127.0.0.1", port: 9)
        let outcome = try await members[1].outcome(try image.order(neighbours: [dead]))
        #expect(outcome?.reason == .peersUnavailable)
        #expect(
            outcome?.detail?.hasPrefix("nobody is left to get the image from: compute-1: ") == true,
            "\(outcome?.detail ?? "")"
        )
    }

    @Test func aNewerAttemptBringsOtherNeighbours() async throws {
        let (image, members) = try await rig(3)
        // Has a place in the mesh, and nothing to give.
        let idle = try image.order(neighbours: [members[2].place])
        async let waiting = members[1].outcome(idle)
        async let nothing = members[2].outcome(try image.order(neighbours: [members[1].place]))
        try await image.seed(members[0])
        for member in members.dropFirst() {
            let order = try image.order(neighbours: [members[0].place])
            #expect(try await member.outcome(order, attempt: 2)?.outcome == .cached)
        }
        _ = try await (waiting, nothing)
    }

    /// A host whose places are taken by other images is no host that is gone.
    @Test func whoHasNotBegunYetIsWaitedFor() async throws {
        let fleet = try MeshFleet()
        let (image, member) = (try MeshImage(fleet), try await MeshMember("compute-2", fleet))
        let busy = try await MeshMember("compute-1", fleet, downloads: 1)
        let (stop, begun) = (Latch(), Latch())
        let slow = StepServer { _ in [.tell(begun), .wait(stop), .reset] }
        // As many again may run from other sources: two take all places.
        let other = StepServer { _ in [.tell(begun), .wait(stop), .reset] }
        for (number, source) in [slow, other].enumerated() {
            let blocking = OrderedImage(
                ImageReference(
                    id: try ImageID("blocking-\(number)"),
                    name: nil,
                    url: source.url(),
                    sizeBytes: 5,
                    digest: image.digest,
                    diskFormat: .raw,
                    allowsUnverified: false
                )
            )
            _ = try await busy.submit(blocking, task: 10 + number)
        }
        let source = image.source()
        async let seed = busy.outcome(try image.order(source, seed: (busy.place.host, 0, 1)))
        var watch = try await member.submit(try image.order(neighbours: [busy.place]))
        var (starvations, outcome) = (0, ImageOutcome?.none)
        while let events = try await watch.next() {
            for event in events {
                if case .starved = event { starvations += 1 }
                if case .outcome(_, let found) = event { outcome = found }
            }
            // Twice: longer than one that is gone would be waited for.
            if starvations == 2 { stop.open() }
        }
        #expect(outcome?.outcome == .cached && starvations >= 2, "\(String(describing: outcome))")
        #expect(try await seed?.outcome == .cached)
        withExtendedLifetime(source) {}
    }

    @Test func whoIsToldToGoToTheSourceLeavesTheMeshWithWhatItHas() async throws {
        let (image, members) = try await rig(2)
        // A neighbour that is in the mesh and never has anything.
        async let idle = members[0].outcome(try image.order(neighbours: [members[1].place]))
        var watch = try await members[1].submit(try image.order(neighbours: [members[0].place]))
        let source = image.source()
        while let events = try await watch.next() {
            guard events.contains(.starved(image: try ImageID("ubuntu"))) else { continue }
            _ = try await members[1].submit(try image.wanted(source, nil))
            break
        }
        var outcome: ImageOutcome?
        while let events = try await watch.next() {
            for case .outcome(_, let found) in events { outcome = found }
        }
        #expect(
            outcome?.outcome == .cached && image.isWhole(at: members[1]),
            "\(String(describing: outcome))"
        )
        #expect(outcome?.fromSourceBytes == 3_000_000 && outcome?.fromPeersBytes == 0)
        withExtendedLifetime(source) {}
        _ = try await idle
    }

    @Test func aHostWithoutAPartInExchangesTakesTheSourceIfItHasOne() async throws {
        let fleet = try MeshFleet()
        let image = try MeshImage(fleet)
        let member = try await MeshMember("compute-1", fleet, hasMesh: false)
        let alone = try await member.outcome(try image.order())
        #expect(
            alone?.reason == .peersUnavailable && alone?.isRetryable == true,
            "\(String(describing: alone))"
        )
        let source = image.source()
        let order = try image.order(source, seed: (member.place.host, 0, 1))
        #expect(try await member.outcome(order, attempt: 2)?.outcome == .cached)
    }

    @Test func whatComesFromAnotherZoneIsCountedApart() async throws {
        let (image, members) = try await rig(3)
        try await image.seed(members[0])
        let gate = try await members[1].outcome(try image.order(far: [members[0].place]))
        #expect(gate?.fromFarBytes == 3_000_000 && gate?.fromPeersBytes == 3_000_000)
        let inner = try await members[2].outcome(try image.order(neighbours: [members[1].place]))
        #expect(inner?.fromFarBytes == nil && inner?.fromPeersBytes == 3_000_000)
    }

    /// It was ordered as a member, and said that it has the image: then the service makes it a seed.
    @Test(arguments: [1, 2])
    func aMemberThatHasTheImageGivesItOnceItIsMadeASeed(attempt: Int) async throws {
        let (image, members) = try await rig(2)
        let source = image.source()
        #expect(try await members[0].outcome(try image.wanted(source, nil))?.outcome == .cached)
        let read = source.requests.count
        let member = try image.order(neighbours: [members[1].place])
        #expect(try await members[0].outcome(member, task: 2)?.outcome == .existing)
        let seed = try image.order(source, seed: (members[0].place.host, 0, 1))
        #expect(try await members[0].outcome(seed, attempt: attempt, task: 2)?.outcome == .existing)
        let outcome = try await members[1].outcome(try image.order(neighbours: [members[0].place]))
        #expect(outcome?.outcome == .cached && outcome?.fromPeersBytes == 3_000_000)
        #expect(source.requests.count == read)
    }

    @Test func whoIsCancelledGivesOnWhatItHas() async throws {
        let (image, members) = try await rig(2)
        let (beat, rest) = (String(decoding: RelayLine.beat.line(), as: UTF8.self), Latch())
        let halves = try [0...5, 6...11].enumerated().map { number, pieces in
            try image.script("compute-\(8 + number)", image.bytes) { seed, piece in
                piece.map { [seed.gives($0)] } ?? [seed.says(pieces), .beat(beat, until: rest)]
            }
        }
        defer { rest.open() }
        var watch = try await members[0].submit(try image.order(neighbours: [halves[0].place]))
        var outcome: ImageOutcome?
        while let events = try await watch.next() {
            for event in events {
                if case .outcome(_, let found) = event { outcome = found }
                guard case .progress(_, let bytes) = event, bytes.done == 6 * 262_144 else { continue }
                try await members[0].cancel()
            }
        }
        #expect(outcome?.outcome == .cancelled, "\(String(describing: outcome))")
        let order = try image.order(neighbours: [members[0].place, halves[1].place])
        let other = try await members[1].outcome(order)
        #expect(other?.outcome == .cached && image.isWhole(at: members[1]), "\(String(describing: other))")
        #expect(members[0].metric("precache_agent_given_bytes_total") >= 6 * 262_144)
    }

    @Test func aSeedThatHasTheImageGivesItAndReadsNothing() async throws {
        let (image, members) = try await rig(2)
        let source = image.source()
        #expect(try await members[0].outcome(try image.wanted(source, nil))?.outcome == .cached)
        let read = source.requests.count
        let order = try image.order(source, seed: (members[0].place.host, 0, 1))
        #expect(try await members[0].outcome(order, task: 2)?.outcome == .existing)
        let outcome = try await members[1].outcome(try image.order(neighbours: [members[0].place]))
        #expect(outcome?.outcome == .cached && outcome?.fromPeersBytes == 3_000_000)
        #expect(source.requests.count == read)
    }
}
