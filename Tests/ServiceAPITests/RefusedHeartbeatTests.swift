import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel
import Telemetry
import TestSupport
import Testing

@testable import ServiceAPI

@Suite struct RefusedHeartbeatTests {
    static func beat(interval: Int = 30) -> String {
        """
        {"interval_seconds":\(interval),"version":"0.1.0","started_at":"2026-01-01T00:00:00Z",
         "disk":{"total_bytes":9,"free_bytes":4},"cache":{"images":0,"bytes":0},"images":[],"tasks":0}
        """
    }

    private func unknown(_ service: TestService) async -> [[String?]] {
        let answer = await service.call(.get, "/v1/hosts?unknown=true", as: "reader")
        #expect(answer.status == 200 && answer["hosts"] == .array([]) && answer["next"] == .null)
        return (answer["unknown"]?.items ?? []).map { item in
            ["name", "address", "cause"].map { item[$0]?.text }
        }
    }

    @Test func aBoundTokenSpeaksForItsHostAlone() async throws {
        let service = TestService()
        try await service.furnish()
        #expect(await service.call(.put, "/v1/hosts/h1/heartbeat", Self.beat(), as: "agent@h1").status == 200)
        let other = await service.call(.put, "/v1/hosts/h2/heartbeat", Self.beat(), as: "agent@h1")
        #expect(other.status == 403 && other.code == "forbidden")
        #expect(other.text.contains("speaks for host h1, not for h2"))
        #expect(await service.call(.get, "/v1/hosts/h2")["host", "heartbeat"] == .null)
        #expect(await unknown(service) == [["h2", "127.0.0.1", "other_host"]])
        #expect(await service.call(.put, "/v1/hosts/h2/heartbeat", Self.beat(), as: "agent@h2").status == 200)
        #expect(await unknown(service) == [], "whose heartbeats are taken is known")
    }

    /// Whoever has one token for all hosts must not make each of them `down` with one heartbeat.
    @Test func anUnboundTokenPromisesNoNextHeartbeatSoonerThanTenSeconds() async throws {
        let service = TestService()
        try await service.furnish()
        for (token, interval) in [("agent", 10), ("agent@h1", 1)] {
            _ = await service.call(.put, "/v1/hosts/h1/heartbeat", Self.beat(interval: 1), as: token)
            let shown = await service.call(.get, "/v1/hosts/h1")
            #expect(shown["host", "heartbeat", "interval_seconds"] == .integer(Int64(interval)))
        }
        _ = await service.call(.put, "/v1/hosts/h1/heartbeat", Self.beat(interval: 60), as: "agent")
        #expect(
            await service.call(.get, "/v1/hosts/h1")["host", "heartbeat", "interval_seconds"] == .integer(60)
        )
    }

    /// Nor must it keep a host `up` for hours that is dead.
    @Test func anUnboundTokenPromisesNoLongerSilenceThanFiveMinutes() async throws {
        let service = TestService()
        try await service.furnish()
        for (token, asked, counted) in [
            ("agent", 3_600, 300), ("agent", 300, 300), ("agent@h1", 3_600, 3_600),
        ] {
            _ = await service.call(.put, "/v1/hosts/h1/heartbeat", Self.beat(interval: asked), as: token)
            let shown = await service.call(.get, "/v1/hosts/h1")
            #expect(shown["host", "heartbeat", "interval_seconds"] == .integer(Int64(counted)))
        }
    }

    @Test func anUnknownHostIsToldOnceListedAndForgottenWhenItIsAdded() async throws {
        let service = TestService()
        for _ in 0..<3 {
            let answer = await service.call(.put, "/v1/hosts/new/heartbeat", Self.beat(), as: "agent")
            #expect(answer.status == 404 && answer.code == "host_not_found")
        }
        #expect(await unknown(service) == [["new", "127.0.0.1", "unknown_host"]])
        let told = service.lines.all.filter { $0.message == "heartbeat refused" }
        #expect(told.count == 1 && told[0].facts["host"] == "new" && told[0].facts["cause"] == "unknown_host")
        let metrics = await service.call(.get, "/metrics").text
        #expect(metrics.contains(#"precached_heartbeats_refused_total{cause="unknown_host"} 3"#))
        #expect(await service.call(.put, "/v1/hosts/new", "{}").status == 201)
        #expect(await unknown(service) == [])
    }

    @Test(arguments: [nil, "nonsense", "reader", "flood"])
    func aRefusedTokenIsTold(token: String?) async {
        let service = TestService()
        let headers = ["X-Forwarded-For": "192.0.2.7"]
        _ = await service.call(.put, "/v1/hosts/h1/heartbeat", Self.beat(), as: token, headers: headers)
        #expect(await unknown(service) == [["h1", "192.0.2.7", "refused_token"]])
        #expect(service.lines.all.count { $0.message == "heartbeat refused" } == 1)
    }

    private let start = Timestamp(microseconds: 1_000_000_000)

    @Test func whatStrangersFillIsBoundedAndPushesOutNothing() throws {
        let (lines, metrics) = (LogLines(), MetricsRegistry())
        let book = RefusedHeartbeats(metrics, lines.logger)
        book.note(try HostName("ours"), from: "10.0.0.1", .unknownHost, "why", now: start)
        for number in 0..<5_000 {
            book.note(try HostName("n\(number)"), from: "192.0.2.1", .refusedToken, "why", now: start)
        }
        #expect(book.entries(now: start).count == 1 + RefusedHeartbeats.strangersPerAddress)
        for number in 0..<5_000 {
            book.note(try HostName("m\(number)"), from: "192.0.3.\(number)", .refusedToken, "why", now: start)
        }
        #expect(book.entries(now: start).count == 1 + RefusedHeartbeats.limit)
        #expect(lines.all.count == 1 + RefusedHeartbeats.limit)
        #expect(book.entries(now: start).contains { $0.host.text == "ours" })
        let later = start + RefusedHeartbeats.memory
        #expect(book.entries(now: later).isEmpty)
        book.note(try HostName("late"), from: "192.0.2.1", .refusedToken, "why", now: later)
        #expect(book.entries(now: later).map(\.host.text) == ["late"])
    }

    @Test func aHostIsToldOnceAnHour() throws {
        let lines = LogLines()
        let book = RefusedHeartbeats(MetricsRegistry(), lines.logger)
        for minute in 0...120 {
            let now = start + .seconds(60 * minute)
            book.note(try HostName("h"), from: "10.0.0.1", .unknownHost, "why", now: now)
        }
        #expect(lines.all.count == 3)
        let entry = try #require(book.entries(now: start + .seconds(7_200)).first)
        #expect(entry.since == start && entry.count == 121)
    }
}
