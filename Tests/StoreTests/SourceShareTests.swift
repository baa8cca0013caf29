import PrecacheModel
import TestSupport
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(10)))
struct SourceShareTests {
    /// Dispatchers that each download as many as they may, as long as they have something to.
    private struct Player {
        var inUse = 0
        var waiting: Int
        var units = 0
        var cap = 0
        var wanted = 0
    }

    /// Lets players ask in random turns, begin and end downloads; fails if more are at work than the limit allows.
    private func play(_ players: inout [Player], limit: Int, turns: Int, _ random: inout SplitMix) {
        for _ in 0..<turns {
            let index = Int.random(in: players.indices, using: &random)
            let others = players.indices.filter { $0 != index }.map {
                SourceGrant.Holding(owner: Int64($0), units: players[$0].units, wanted: players[$0].wanted)
            }
            var player = players[index]
            player.wanted = player.waiting > 0 ? limit : player.inUse
            let wish = SourceWish(inUse: player.inUse, wanted: player.wanted)
            let grant = SourceGrant(wish, own: player.units, others: others, limit: limit)
            (player.units, player.cap) = (grant.units, grant.cap)
            let begun = max(0, min(player.cap - player.inUse, player.waiting))
            player.inUse += begun
            player.waiting -= begun
            #expect(player.inUse <= player.units)
            players[index] = player
            #expect(players.reduce(0) { $0 + $1.units } <= limit)
            let ending = Int.random(in: players.indices, using: &random)
            players[ending].inUse -= Int.random(in: 0...players[ending].inUse, using: &random)
        }
    }

    @Test(arguments: 0..<30)
    func neverMoreThanTheLimitAndEverybodyGetsDone(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let limit = Int.random(in: 1...9, using: &random)
        var players = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            Player(waiting: Int.random(in: 0...60, using: &random))
        }
        play(&players, limit: limit, turns: 3_000, &random)
        #expect(players.allSatisfy { $0.waiting == 0 }, "limit \(limit): \(players)")
    }

    @Test func whoHasMoreThanItsPartLetsItGoAsDownloadsEnd() {
        let other = SourceGrant.Holding(owner: 2, units: 0, wanted: 64)
        let busy = SourceGrant(SourceWish(inUse: 64, wanted: 64), own: 64, others: [other], limit: 64)
        #expect((busy.units, busy.cap) == (64, 32))
        let less = SourceGrant(SourceWish(inUse: 40, wanted: 64), own: 64, others: [other], limit: 64)
        #expect((less.units, less.cap) == (40, 32))
        let alone = SourceGrant(SourceWish(inUse: 40, wanted: 64), own: 40, others: [], limit: 64)
        #expect((alone.units, alone.cap) == (64, 64))
    }

    @Test func controllersShareASource() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        guard fixture.jobs.sharesSources else { return }
        let source = SourceKey(url: "http://images.example/x")
        let other = try await ServiceStore(fixture.store.engine, as: TestDatabase.controller)
        func ask(_ jobs: StoredJobs, _ inUse: Int, _ wanted: Int) async throws -> Int? {
            try await jobs.share(
                [source: SourceWish(inUse: inUse, wanted: wanted)],
                limit: 10,
                keepsAll: false
            )[source]
        }
        #expect(try await ask(fixture.jobs, 0, 10) == 10)
        #expect(try await ask(other.jobs, 0, 10) == 0)
        #expect(try await ask(fixture.jobs, 7, 10) == 5)
        #expect(try await ask(other.jobs, 0, 10) == 3)

        try await other.controllers.leave()
    }

    /// What a dead one had stays out of reach until its jobs have been taken over, and goes with those whose hosts were at work.
    @Test func whatADeadOneHadGoesWithItsDownloads() async throws {
        let fixture = try await StoreFixture(hosts: 6)
        guard fixture.jobs.sharesSources else { return }
        let source = SourceKey(url: try StoreFixture.image(0).url)
        let other = try await ServiceStore(fixture.store.engine, as: TestDatabase.controller)
        func ask(_ inUse: Int, _ wanted: Int, keepsAll: Bool = false) async throws -> Int? {
            let wish = [source: SourceWish(inUse: inUse, wanted: wanted)]
            return try await other.jobs.share(wish, limit: 10, keepsAll: keepsAll)[source]
        }
        let job = try await fixture.accept()
        let held = [source: SourceWish(inUse: 4, wanted: 8)]
        #expect(try await fixture.jobs.share(held, limit: 10, keepsAll: false) == [source: 8])
        _ = try await fixture.claim(job, limit: 4)
        let number = fixture.store.controllers.number
        let seen = try #require(try await other.controllers.all().first { $0.number == number })
        #expect(try await other.controllers.fence([seen]).count == 1)
        #expect(try await ask(0, 10) == 2)
        #expect(try await other.jobs.recover(latestDue: fixture.clock.now) == 4)
        // Four are at work on agents, whether or not somebody counts them already.
        #expect(try await ask(0, 0, keepsAll: true) == 6)
        #expect(try await ask(4, 4) == 4)
        #expect(try await ask(4, 10) == 10)
        try await other.controllers.leave()
    }

    /// Else what was inherited, and isn't read here, would be out of reach for ever.
    @Test func whatIsNotNamedIsGivenBack() async throws {
        let fixture = try await StoreFixture()
        guard fixture.jobs.sharesSources else { return }
        let source = SourceKey(url: "http://images.example/x")
        let wish = [source: SourceWish(inUse: 0, wanted: 10)]
        #expect(try await fixture.jobs.share(wish, limit: 10, keepsAll: false) == [source: 10])
        #expect(try await fixture.jobs.share([:], limit: 10, keepsAll: false).isEmpty)
        let other = try await ServiceStore(fixture.store.engine, as: TestDatabase.controller)
        #expect(try await other.jobs.share(wish, limit: 10, keepsAll: false) == [source: 10])
        try await other.controllers.leave()
    }

    @Test func whatADeadOneWithoutJobsHadIsFree() async throws {
        let fixture = try await StoreFixture()
        guard fixture.jobs.sharesSources else { return }
        let source = SourceKey(url: "http://images.example/x")
        let wish = [source: SourceWish(inUse: 10, wanted: 10)]
        #expect(try await fixture.jobs.share(wish, limit: 10, keepsAll: false) == [source: 10])
        let other = try await ServiceStore(fixture.store.engine, as: TestDatabase.controller)
        #expect(try await other.jobs.share(wish, limit: 10, keepsAll: false).isEmpty == false)
        try await fixture.store.controllers.leave()
        let asked = [source: SourceWish(inUse: 0, wanted: 10)]
        #expect(try await other.jobs.share(asked, limit: 10, keepsAll: false) == [source: 10])
    }
}
