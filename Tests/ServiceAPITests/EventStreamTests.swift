import HTTPServing
import HTTPTypes
import Logging
import PrecacheModel
import Synchronization
import Testing

@testable import ServiceAPI

/// Collects what a stream writes; tests wait for a text to come.
final class Collector: ResponseWriter {
    struct State {
        var text = ""
        var isBroken = false
    }
    let state = Mutex(State())

    func write(_ bytes: [UInt8]) async throws {
        try state.withLock { state in
            if state.isBroken { throw CancellationError() }
            state.text += String(decoding: bytes, as: UTF8.self)
        }
    }

    var text: String { state.withLock { $0.text } }

    func until(_ part: String) async {
        while !text.contains(part) { await Task.yield() }
    }
}

@Suite(.timeLimit(.minutes(10))) struct EventStreamTests {
    private func stream(
        _ service: TestService,
        _ job: JobID,
        after: String? = nil
    ) async throws -> @Sendable (any ResponseWriter) async throws -> Void {
        let headers = after.map { ["Last-Event-ID": $0] } ?? [:]
        let answer = await service.call(.get, "/v1/jobs/\(job)/events", as: "reader", headers: headers)
        #expect(answer.header("Content-Type") == "text/event-stream")
        guard case .stream(nil, true, let body) = answer.response.body else {
            throw StoreError(.failed, message: "no endless stream: \(answer.text)")
        }
        return body
    }

    @Test func eventsComeAsTheyHappenAndTheStreamEndsWithTheJob() async throws {
        let service = TestService()
        let job = Samples.job()
        service.jobs.publish(job, event: .state(.queued))
        let (body, collector) = (try await stream(service, job.id), Collector())
        async let done: Void = body(collector)
        await collector.until("event: accepted")
        service.jobs.publish(Samples.job(id: job.id, state: .running), event: .state(.running))
        await collector.until("event: started")
        service.jobs.publish(Samples.job(id: job.id, state: .failed), event: .state(.failed))
        try await done
        #expect(collector.text.hasPrefix("retry: 2000\nid: 1\n"), "no block of its own")
        #expect(
            collector.text.hasSuffix(
                "id: 3\nevent: finished\ndata: {\"id\":3,\"type\":\"finished\",\"at\":\"1970-01-01T00:00:00.000003Z\","
                    + "\"state\":\"failed\"}\n\n"
            )
        )
    }

    @Test func aClientGoesOnAfterTheEventThatItHas() async throws {
        let service = TestService()
        let job = Samples.job(state: .succeeded)
        for state in [JobState.queued, .running, .succeeded] {
            service.jobs.publish(job, event: .state(state))
        }
        let (body, collector) = (try await stream(service, job.id, after: "2"), Collector())
        try await body(collector)
        #expect(!collector.text.contains("id: 2\n") && collector.text.contains("id: 3\n"))
    }

    @Test func manyMoreEventsThanOneReadHoldsComeInOrder() async throws {
        let service = TestService()
        let job = Samples.job(state: .failed)
        for _ in 0..<1000 { service.jobs.publish(job, event: .state(.running)) }
        let (body, collector) = (try await stream(service, job.id), Collector())
        try await body(collector)
        let ids = collector.text.split(separator: "\n").filter { $0.hasPrefix("id: ") }.map {
            $0.dropFirst(4)
        }
        #expect(ids.compactMap { Int($0) } == Array(1...1000))
    }

    @Test func aWatcherThatHasGoneEndsTheStream() async throws {
        let service = TestService()
        let job = Samples.job(state: .running)
        service.jobs.publish(job, event: .state(.queued))
        let (body, collector) = (try await stream(service, job.id), Collector())
        let task = Task { try await body(collector) }
        await collector.until("event: accepted")
        task.cancel()
        _ = await task.result
        let broken = Collector()
        broken.state.withLock { $0.isBroken = true }
        await #expect(throws: (any Error).self) { try await body(broken) }
    }

    @Test func aRevokedTokensStreamAndWaitEnd() async throws {
        let service = TestService()
        let job = Samples.job(state: .running)
        service.jobs.publish(job, event: .state(.running))
        let (body, collector) = (try await stream(service, job.id), Collector())
        async let waited = service.call(.get, "/v1/jobs/\(job.id)?wait=300", as: "reader")
        async let done: Void = body(collector)
        await collector.until("event: started")
        service.gate.revoke("reader")
        try await done
        let answer = await waited
        #expect(answer.status == 401 && answer.code == "unauthorized")
        service.jobs.publish(Samples.job(id: job.id, state: .failed), event: .state(.failed))
        #expect(!collector.text.contains("event: finished"))
    }

    @Test func aThousandWatchersShareTheReads() async throws {
        let service = TestService()
        let job = Samples.job(state: .succeeded)
        for state in [JobState.queued, .succeeded] { service.jobs.publish(job, event: .state(state)) }
        let pages = EventPages(jobs: service.jobs, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<1000 {
                group.addTask { try await pages.batch(of: .job(job.id), after: 0).last }
            }
            for try await last in group { #expect(last == 2) }
        }
        #expect(service.jobs.state.withLock { $0.eventReads } < 1000)
    }

    @Test(arguments: ["-1", "x", "1.5", "9999999999999999999", " "])
    func badPlacesAreRefused(after: String) async {
        let service = TestService()
        let job = Samples.job()
        service.jobs.publish(job)
        let headers = ["Last-Event-ID": after]
        let answer = await service.call(.get, "/v1/jobs/\(job.id)/events", headers: headers)
        #expect(answer.status == 400 && answer.code == "bad_cursor")
        #expect(await service.call(.get, "/v1/jobs/\(JobID.make())/events").code == "job_not_found")
    }
}

/// Events of all jobs.
@Suite(.timeLimit(.minutes(10))) struct AllEventsStreamTests {
    private func body(
        _ service: TestService,
        _ query: String = "",
        headers: [String: String] = [:]
    ) async throws -> @Sendable (any ResponseWriter) async throws -> Void {
        let answer = await service.call(.get, "/v1/events\(query)", as: "reader", headers: headers)
        guard case .stream(nil, true, let body) = answer.response.body else {
            throw StoreError(.failed, message: "no endless stream: \(answer.text)")
        }
        return body
    }

    @Test func beginWithWhatComesNextAndGoOnWithoutEnd() async throws {
        let service = TestService()
        service.jobs.publish(Samples.job(state: .succeeded), event: .state(.succeeded))
        let (body, collector) = (try await body(service), Collector())
        let task = Task { try await body(collector) }
        await collector.until("id: 1\n\n")
        let job = Samples.job()
        service.jobs.publish(job, event: .state(.queued))
        await collector.until("event: accepted")
        service.jobs.publish(Samples.job(id: job.id, state: .failed), event: .state(.failed))
        await collector.until("event: finished")
        service.jobs.publish(Samples.job(), event: .state(.queued))
        await collector.until("id: 4\nevent: accepted")
        #expect(collector.text.hasPrefix("retry: 2000\nid: 1\n\nid: 2\nevent: accepted\n"))
        #expect(
            collector.text.contains(
                "{\"id\":2,\"job_id\":\"\(job.id)\",\"aggregate\":\"\(job.aggregate)\",\"type\""
            )
        )
        service.gate.revoke("reader")
        try await task.value
    }

    @Test(arguments: [("?after=1", [:]), ("?after=0", ["Last-Event-ID": "1"]), ("", ["Last-Event-ID": "1"])])
    func goOnAfterTheEventThatAClientHas(query: String, headers: [String: String]) async throws {
        let service = TestService()
        for _ in 0..<2 { service.jobs.publish(Samples.job(), event: .state(.queued)) }
        let (body, collector) = (try await body(service, query, headers: headers), Collector())
        let task = Task { try await body(collector) }
        await collector.until("event: accepted")
        task.cancel()
        _ = await task.result
        #expect(collector.text.hasPrefix("retry: 2000\nid: 2\nevent: accepted\n"))
    }

    @Test func areAskedForByTypeAggregateAndOutcome() async throws {
        let service = TestService()
        let job = Samples.job()
        let (host, image) = (try HostName("n1"), try ImageID("i"))
        service.jobs.publish(job, event: .state(.queued))
        for outcome in [Outcome.cached, .error] {
            service.jobs.publish(
                job,
                event: .outcome(host: host, image: image, ImageOutcome(outcome), attempts: 1)
            )
        }
        service.jobs.publish(Samples.job(id: job.id, state: .failed), event: .state(.failed))
        for (query, ids) in [
            ("type=outcome", [2, 3]), ("outcome=error", [1, 3, 4]), ("type=outcome&outcome=error", [3]),
            ("type=outcome&type=finished&outcome=error", [3, 4]),
            ("aggregate=db&aggregate=\(job.aggregate)", [1, 2, 3, 4]),
            ("aggregate=db", []),
        ] {
            let (body, collector) = (try await body(service, "?after=0&\(query)"), Collector())
            let task = Task { try await body(collector) }
            // Where nothing is wanted it says how far it has looked.
            await collector.until("id: \(ids.last ?? 4)\n")
            task.cancel()
            _ = await task.result
            let told = collector.text.split(separator: "\n").filter { $0.hasPrefix("data: {\"id\":") }
            #expect(told.map { Int($0.dropFirst(12).prefix { $0 != "," }) } == ids, "\(query)")
        }
    }

    @Test func aThousandFollowersWhoWantAllSortsOfThingsShareTheReads() async throws {
        let service = TestService()
        for _ in 0..<3 { service.jobs.publish(Samples.job(), event: .state(.queued)) }
        let pages = EventPages(jobs: service.jobs, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<1000 {
                let filter = EventFilter(aggregates: [try AggregateName("a\(number)")])
                group.addTask { try await pages.batch(of: .all(filter), after: 0).last }
            }
            for try await last in group { #expect(last == 3) }
        }
        #expect(service.jobs.state.withLock { $0.eventReads } < 1000)
    }

    @Test func whatCantBeReadIsRefusedBeforeTheStreamBegins() async {
        let service = TestService()
        service.jobs.state.withLock { $0.trouble = StoreError(.busy, message: "away") }
        #expect(await service.call(.get, "/v1/events", as: "reader").status == 503)
    }

    @Test(arguments: ["?after=x", "?after=-1", "?type=nothing", "?outcome=bad", "?aggregate=%00", "?job=1"])
    func whatIsAskedForWronglyIsRefused(query: String) async {
        #expect(await TestService().call(.get, "/v1/events\(query)").status == 400)
        let many = "?" + Array(repeating: "aggregate=a", count: 65).joined(separator: "&")
        #expect(await TestService().call(.get, "/v1/events\(many)").text.contains("65 times; 64 at most"))
    }
}
