import Coverage
import PrecacheModel
import Testing

@testable import Store

/// What the newest jobs say of how fast images come to hosts.
@Suite(.timeLimit(.minutes(10)))
struct RateTests {
    private let fixture: StoreFixture
    private let rates: StoredRates

    init() async throws {
        fixture = try await StoreFixture(hosts: 8)
        rates = StoredRates(engine: fixture.store.engine, maxDownloads: 64)
    }

    /// A job of which each host ends so many seconds after its claim, with 10 bytes of each of two images.
    private func run(_ seconds: Double, _ outcome: Outcome, attempts: Int = 1) async throws {
        let job = try await fixture.accept()
        let hosts = try await fixture.claim(job)
        fixture.clock.advance(by: .seconds(seconds))
        try await fixture.finish(job, hosts, outcome)
        guard attempts > 1 else { return }
        try await fixture.store.engine.write(.rare) { database, _ in
            try database.script("UPDATE job_result SET attempts = \(attempts)")
        }
    }

    @Test func theNewestJobsThatFetchedSomethingCount() async throws {
        #expect(try await rates.samples() == [])
        try await run(4, .cached)
        try await run(1, .existing)
        try await run(1, .error)
        _ = try await fixture.accept()
        let source = SourceKey(url: "http://images.example/0")
        // A quarter of eight hosts at once.
        let first = TransferSample(sources: [source], isExchanged: false, width: 2, hostRate: 5)
        #expect(try await rates.samples() == [first])
        try await run(2, .cached)
        #expect(try await rates.samples().map(\.hostRate) == [10, 5])
        for _ in 0..<StoredRates.jobs { try await run(5, .cached) }
        #expect(try await rates.samples().map(\.hostRate) == Array(repeating: 4, count: StoredRates.jobs))
    }

    @Test func hostsThatWereTriedAgainSayNothing() async throws {
        try await run(4, .cached, attempts: 2)
        #expect(try await rates.samples() == [])
    }

    @Test func aJobIsReadOnce() async throws {
        try await run(4, .cached)
        #expect(try await rates.samples().count == 1)
        try await fixture.store.engine.write(.rare) { database, _ in
            try database.script("DELETE FROM job_result")
        }
        #expect(try await rates.samples().map(\.hostRate) == [5])
    }
}
