import HTTPFetching
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel
import Reactor
import TestSupport
import Testing

@testable import FleetSimulator

/// A fleet over real sockets, spoken to as the service does.
@Suite(.serialized) struct FleetServerTests {
    private static let job = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"

    private struct Rig {
        let plan: FleetPlan
        let fetcher: HTTPFetcher
        let server: FleetServer

        func put(
            _ host: Int,
            task: String = "t",
            attempt: Int = 1,
            token: String = "secret"
        ) async throws -> FetchResponse {
            let body = """
                {"job_id":"\(FleetServerTests.job)","attempt":\(attempt),"timeout_seconds":3600,"images":[\
                {"id":"one","size_bytes":10,"hash_algorithm":null,"hash":null,"allow_unverified":true,\
                "sources":[{"url":"http://127.0.0.1:9/one"}]}]}
                """
            return try await send(.put, host, "tasks/\(task).\(host)", body: Array(body.utf8), token: token)
        }

        func send(
            _ method: HTTPRequest.Method,
            _ host: Int,
            _ path: String,
            body: [UInt8]? = nil,
            token: String = "secret"
        ) async throws -> FetchResponse {
            var request = FetchRequest(
                method: method,
                url: "http://\(plan.address(of: host)):\(plan.port)/v1/\(path)",
                body: body,
                connection: .fresh
            )
            request.headers[.authorization] = "Bearer \(token)"
            return try await fetcher.fetch(request)
        }

        func events(_ response: FetchResponse) async throws -> [AgentEvent] {
            let bytes = try await response.body.collect(upTo: 100_000)
            return try bytes.split(separator: 10).map { try AgentEvent(line: Array($0)) }
        }

        func outcomes(_ response: FetchResponse) async throws -> [Outcome] {
            try await events(response).compactMap { event in
                if case .outcome(_, let outcome) = event { outcome.outcome } else { nil }
            }
        }
    }

    private func withFleet(
        _ shares: FleetPlan.Shares = [],
        hosts: Int = 20,
        timing: FleetTiming = FleetTiming(),
        _ body: (Rig) async throws -> Void
    ) async throws {
        let plan = try FleetPlan(hosts: hosts, shares: shares, port: Int.random(in: 20_000..<30_000))
        let loops = try EventLoopGroup(count: 1, name: "fleet")
        let loop = try EventLoop(name: "client")
        let fetcher = try HTTPFetcher(loop: loop)
        let server = FleetServer(
            plan: plan,
            timing: timing,
            token: "secret",
            tls: nil,
            loops: loops,
            logger: Logger(label: "test")
        )
        try await server.start()
        let result = await Result { try await body(Rig(plan: plan, fetcher: fetcher, server: server)) }
        await server.stop()
        await fetcher.stop()
        loop.stop()
        loops.stop()
        try result.get()
    }

    @Test func everyHostCachesOnceAndThenHasIt() async throws {
        try await withFleet { rig async throws in
            for host in [0, 7, 19] {
                let events = try await rig.events(try await rig.put(host))
                #expect(events.first == .accepted(task: try TaskID("t.\(host)"), attempt: 1, attached: false))
                #expect(events.last == .end)
                #expect(try await rig.outcomes(try await rig.put(host, attempt: 2)) == [.existing])
            }
            let counts = rig.server.counts
            #expect(counts.tasks == 6 && counts.outcomes == [.cached: 3, .existing: 3] && counts.bytes == 30)
        }
    }

    @Test func failingHostsFailAndFlakyOnesRecover() async throws {
        let half = try #require(FleetShare("50%"))
        var timing = FleetTiming()
        timing.failure = .checksumMismatch
        try await withFleet([(.failing, half), (.flaky, half)], timing: timing) { rig async throws in
            let failing = try #require((0..<20).first { rig.plan.behaviour(of: $0) == .failing })
            let flaky = try #require((0..<20).first { rig.plan.behaviour(of: $0) == .flaky })
            for attempt in [1, 2] {
                let events = try await rig.events(try await rig.put(failing, attempt: attempt))
                guard case .outcome(_, let outcome) = events[1] else { throw AgentLineError("no outcome") }
                #expect(outcome.reason == .checksumMismatch)
            }
            #expect(try await rig.outcomes(try await rig.put(flaky)) == [.error])
            #expect(try await rig.outcomes(try await rig.put(flaky, attempt: 2)) == [.cached])
        }
    }

    @Test func aStalledHostHangsUntilItIsCancelledAndTellsThoseWhoAttach() async throws {
        let all = try #require(FleetShare("100%"))
        try await withFleet([(.stalled, all)]) { rig async throws in
            let first = try await rig.put(0)
            let second = try await rig.put(0)
            #expect(try await rig.put(0, attempt: 2).status == .ok)
            #expect(try await rig.send(.delete, 0, "tasks/t.0").status == .noContent)
            // The first attempt ended when the second began.
            #expect(try await rig.outcomes(first) == [.cancelled])
            #expect(try await rig.outcomes(second) == [.cancelled])
            #expect(rig.server.counts.attached == 1)
        }
    }

    @Test func downloadsTakeTheTimeThatTheLinkSays() async throws {
        var timing = FleetTiming()
        timing.bandwidth = Bandwidth(bytesPerSecond: 100)
        try await withFleet(hosts: 2, timing: timing) { rig async throws in
            let begin = ContinuousClock.now
            #expect(try await rig.outcomes(try await rig.put(0)) == [.cached])
            #expect(ContinuousClock.now - begin >= .milliseconds(90))
        }
    }

    @Test func twoTasksShareADownloadAndWhatIsFetchedAgainIsCounted() async throws {
        var timing = FleetTiming()
        timing.bandwidth = Bandwidth(bytesPerSecond: 2)
        try await withFleet(hosts: 3, timing: timing) { rig async throws in
            let first = try await rig.put(0)
            let second = try await rig.put(0, task: "u")
            #expect(try await rig.outcomes(first) == [.cached])
            #expect(try await rig.outcomes(second) == [.cached])
            // Who comes late hears the same again.
            #expect(try await rig.outcomes(try await rig.put(0)) == [.cached])
            #expect(rig.server.counts.downloads == 1 && rig.server.counts.repeated == 0)
            #expect(rig.server.counts.attached == 1)
            // A second attempt takes over the first one's download; one after a cancellation begins anew.
            let slow = try await rig.put(1)
            #expect(try await rig.outcomes(try await rig.put(1, attempt: 2)) == [.cached])
            #expect(try await rig.outcomes(slow) == [.cancelled])
            #expect(rig.server.counts.downloads == 2 && rig.server.counts.repeated == 0)
            let given = try await rig.put(2)
            #expect(try await rig.send(.delete, 2, "tasks/t.2").status == .noContent)
            #expect(try await rig.outcomes(given) == [.cancelled])
            #expect(try await rig.outcomes(try await rig.put(2, attempt: 2)) == [.cached])
            #expect(rig.server.counts.downloads == 4 && rig.server.counts.repeated == 1)
            let told = try await rig.send(.get, 0, "../counts", token: "none").body.collect(upTo: 10_000)
            #expect(told == rig.server.counts.json())
        }
    }

    @Test func strangersAndWrongTokensAreRefused() async throws {
        try await withFleet { rig async throws in
            #expect(try await rig.put(0, token: "guess").status == .unauthorized)
            #expect(try await rig.put(25).status == .notFound)
            #expect(try await rig.send(.put, 0, "tasks/t", body: Array("{}".utf8)).status == .badRequest)
            #expect(try await rig.send(.get, 0, "nothing").status == .notFound)
            #expect(rig.server.counts.refused == 4)
        }
    }

    @Test func nobodyListensOnADeadHost() async throws {
        let all = try #require(FleetShare("100%"))
        let plan = try FleetPlan(hosts: 3, shares: [(.down, all)])
        let document = try JSONParser.parse(FleetInventory(plan: plan, images: 2).document())
        guard case .object(let members) = document, case .array(let hosts) = members[0].value,
            case .object(let host) = hosts[2]
        else { throw AgentLineError("another shape") }
        #expect(members.map(\.name) == ["hosts", "aggregates", "images"])
        #expect(host.first { $0.name == "port" }?.value == .integer(7_702))
        #expect(host.first { $0.name == "address" }?.value == .string("127.16.0.3"))
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
