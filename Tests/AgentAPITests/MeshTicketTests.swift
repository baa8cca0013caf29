import Digesting
import PrecacheModel
import TestSupport
import Testing

@testable import AgentAPI
@testable import PullWork

/// Two jobs that bring the same image to the same hosts: each has a ticket of its own.
@Suite(.timeLimit(.minutes(10)))
struct SecondTicketTests {
    private func rig(_ count: Int) async throws -> (MeshImage, other: MeshImage, [MeshMember]) {
        let fleet = try MeshFleet()
        let image = try MeshImage(fleet)
        var other = image
        other.ticket = String(repeating: "u", count: 43)
        return (image, other, try await fleet.members(count))
    }

    @Test func aNeighbourIsAskedWithTheTicketThatItTakes() async throws {
        let (image, other, members) = try await rig(2)
        try await other.seed(members[0])
        var watch = try await members[1].submit(try image.order(neighbours: [members[0].place]))
        _ = try await watch.next()
        let second = try await members[1].outcome(try other.order(neighbours: [members[0].place]), task: 2)
        #expect(second?.outcome == .cached, "\(String(describing: second))")
        while try await watch.next() != nil {}
    }

    @Test func aSeedThatHasTheImageGivesItToBoth() async throws {
        let (image, other, members) = try await rig(3)
        try await image.seed(members[0])
        let source = image.source()
        let order = try other.order(source, seed: (members[0].place.host, 0, 1))
        #expect(try await members[0].outcome(order, task: 2)?.outcome == .existing)
        for (image, member) in [(image, members[1]), (other, members[2])] {
            let outcome = try await member.outcome(try image.order(neighbours: [members[0].place]))
            #expect(outcome?.outcome == .cached, "\(String(describing: outcome))")
        }
        #expect(source.requests.isEmpty)
    }
}

/// Whose word makes a host a seed.
@Suite(.timeLimit(.minutes(10)))
struct SeedWarrantTests {
    /// A warrant that isn't the service's for this very mesh.
    enum Flaw: String, CaseIterable {
        case forAnotherContent, forAnotherTicket, forAnotherSeed, byAHost, byAnotherFleetsService
    }

    @Test(arguments: Flaw.allCases)
    func aWarrantThatIsNotOfThisMeshMakesNoSeed(flaw: Flaw) async throws {
        let fleet = try MeshFleet()
        let (image, members) = (try MeshImage(fleet), try await fleet.members(2))
        let (host, ticket) = (members[0].place.host, image.ticket)
        let other = try Digest(.sha256, hex: String(repeating: "ab", count: 32))
        let warrant =
            switch flaw {
            case .forAnotherContent: try fleet.warrant(other, ticket, host)
            case .forAnotherTicket: try fleet.warrant(image.digest, String(repeating: "u", count: 43), host)
            case .forAnotherSeed: try fleet.warrant(image.digest, ticket, members[1].place.host)
            case .byAHost: try fleet.warrant(image.digest, ticket, host, by: "compute-1")
            case .byAnotherFleetsService: try MeshFleet().warrant(image.digest, ticket, host)
            }
        try await image.seed(members[0], warrant: warrant)
        // It gives pieces that it sealed itself. They are of no use to anybody, and that is nobody's fault.
        var watch = try await members[1].submit(try image.order(neighbours: [members[0].place]))
        var isStarved = false
        while !isStarved, let events = try await watch.next() {
            for event in events {
                if case .peerFault = event { Issue.record("\(event)") }
                if case .outcome(_, let outcome) = event { Issue.record("\(outcome)") }
                if case .starved = event { isStarved = true }
            }
        }
        #expect(isStarved)
        let bytes = members[0].metric("precache_agent_given_bytes_total")
        #expect(bytes > 0 && bytes <= 1_100_000, "some are tried, ever more rarely: \(bytes)")
        // A seed that is made later is believed by those who never had its name.
        members[0].shelf.relay(of: image.digest).map(members[0].shelf.close)
        let order = try image.order(image.source(), seed: (host, 0, 1))
        #expect(try await members[0].outcome(order, task: 2)?.outcome == .existing)
        var outcome: ImageOutcome?
        while let events = try await watch.next() {
            for case .outcome(_, let found) in events { outcome = found }
        }
        #expect(
            outcome?.outcome == .cached && image.isWhole(at: members[1]),
            "\(String(describing: outcome))"
        )
    }

    @Test func aMemberThatBecomesASeedBySecondOrderOfItsAttemptIsBelieved() async throws {
        let fleet = try MeshFleet()
        let (image, members) = (try MeshImage(fleet), try await fleet.members(2))
        let orders = try (0..<2).map { try image.order(neighbours: [members[1 - $0].place]) }
        async let other = members[1].outcome(orders[1])
        var watch = try await members[0].submit(orders[0])
        _ = try await watch.next()
        let source = image.source()
        let seed = try image.order(
            source,
            seed: (members[0].place.host, 0, 1),
            neighbours: [members[1].place]
        )
        _ = try await members[0].submit(seed)
        defer { withExtendedLifetime(source) {} }
        let got = try await other
        #expect(got?.outcome == .cached && got?.fromPeersBytes == 3_000_000, "\(String(describing: got))")
        #expect(image.isWhole(at: members[1]))
        while try await watch.next() != nil {}
    }
}
