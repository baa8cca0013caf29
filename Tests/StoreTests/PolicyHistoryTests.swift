import PrecacheModel
import Testing

@testable import Store

/// How policies stood, as it is written down.
@Suite(.timeLimit(.minutes(10))) struct PolicyHistoryTests {
    private let web: PolicyName
    private let start = Timestamp(microseconds: 1_000_000_000)
    private let fixture: StoreFixture
    private var store: ServiceStore { fixture.store }

    init() async throws {
        web = try PolicyName("web")
        fixture = try await StoreFixture()
    }

    private func moment(
        _ seconds: Int,
        _ state: PolicyStatus.State,
        _ causes: [String] = [],
        status: String = "{}"
    ) -> PolicyMoment {
        PolicyMoment(at: start + .seconds(seconds), state: state, causes: causes, status: status)
    }

    private func kept() async throws -> [String] {
        try await store.policies.history(of: web, since: nil, limit: 100).map(\.status)
    }

    @Test func aNewStateOrCauseIsNewsAtOnceAndNumbersOnceAMinute() async throws {
        let late = ["lookup_failed"]
        let moments = [
            moment(0, .working, status: "1"), moment(1, .working, status: "2"), moment(2, .met, status: "3"),
            moment(3, .met, late, status: "4"), moment(4, .met, late, status: "5"),
            moment(63, .met, late, status: "6"), moment(200, .met, late, status: "6"),
            moment(100, .met, late, status: "6"), moment(62, .met, late, status: "8"),
            moment(2, .met, late, status: "7"),
        ]
        // One after another, and as another controller would that sees the same a little later.
        for moment in moments { try await store.policies.note([(web, moment), (web, moment)]) }
        #expect(try await kept() == ["7", "6", "4", "3", "1"])
        let all = try await store.policies.history(of: web, since: nil, limit: 100)
        let rest = try await store.policies.history(of: web, before: all[1].number, since: nil, limit: 2)
        #expect(rest.map(\.status) == ["4", "3"] && rest[0].causes == late && rest[1].causes == [])
        let newer = try await store.policies.history(of: web, since: start + .seconds(2), limit: 100)
        #expect(newer.map(\.status) == ["7", "6", "4", "3"])
    }

    @Test func whatIsOldGoesButTheLastOfAPolicyThatIsThere() async throws {
        let gone = try PolicyName("gone")
        _ = try await store.policies.apply([(web, "{}")], prune: false)
        for (number, state) in [PolicyStatus.State.working, .met, .held].enumerated() {
            try await store.policies.note([(web, moment(number, state, status: state.rawValue))])
            try await store.policies.note([(gone, moment(number, state))])
        }
        _ = try await store.jobs.prune(RetentionPolicy(maximumAge: .seconds(0)))
        #expect(try await kept() == ["held"])
        #expect(try await store.policies.history(of: gone, since: nil, limit: 9).isEmpty)
    }

    @Test func ofMoreThanThereMayBeTheOldestGo() async throws {
        let states = (0..<120).map { $0 % 2 == 0 ? PolicyStatus.State.met : .working }
        for policy in [web, try PolicyName("other")] {
            let moments = states.prefix(policy == web ? 120 : 7).enumerated().map { number, state in
                (policy, moment(number, state, status: "\(number)"))
            }
            try await store.policies.note(moments)
        }
        #expect(try await store.policies.history(of: web, since: nil, limit: 200).count == 120)
        var rounds = 0
        while try await store.engine.write(
            .rare,
            { database, _ in try StoredPolicies.pruneSurplus(database, kept: 10, limit: 30) }
        ) { rounds += 1 }
        #expect(rounds == 3, "110 go, 30 at a time")
        #expect(try await kept() == (110..<120).reversed().map(String.init))
        #expect(try await store.policies.history(of: PolicyName("other"), since: nil, limit: 9).count == 7)
    }
}
