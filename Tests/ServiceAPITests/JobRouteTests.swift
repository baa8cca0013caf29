import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel
import Synchronization
import Testing

@testable import ServiceAPI

@Suite(.timeLimit(.minutes(10))) struct JobRouteTests {
    @Test func aStatusThatHasNotChangedIsTheSameBytes() async {
        let service = TestService()
        let job = Samples.job(state: .running, results: [.running: 2])
        service.jobs.publish(job)
        let first = await service.call(.get, "/v1/jobs/\(job.id)", as: "reader")
        #expect(first.status == 200 && first["job", "state"] == .string("running"))
        #expect(await service.call(.get, "/v1/jobs/\(job.id)").bytes == first.bytes)
        service.jobs.state.withLock { $0.inFlight[job.id] = (7, 1) }
        let moved = await service.call(.get, "/v1/jobs/\(job.id)")
        #expect(moved["job", "bytes", "done"] == .integer(12), "what is in flight counts")
        service.jobs.state.withLock { $0.inFlight[job.id] = (700, 2) }
        let capped = await service.call(.get, "/v1/jobs/\(job.id)")
        #expect(capped["job", "bytes", "done"] == .integer(20), "never more than there is to do")
        service.jobs.publish(Samples.job(id: job.id, state: .succeeded, results: [.cached: 2]))
        let ended = await service.call(.get, "/v1/jobs/\(job.id)")
        #expect(ended["job", "state"] == .string("succeeded") && ended["job", "bytes", "done"] == .integer(5))
    }

    @Test func aRevisionThatMemoryHasNotHeardOfIsRead() async {
        let service = TestService()
        let job = Samples.job(state: .running, results: [.running: 2])
        service.jobs.publish(job)
        let known = await service.call(.get, "/v1/jobs/\(job.id)?revision=1", as: "reader")
        #expect(known["job", "revision"] == .integer(1))
        #expect(service.jobs.state.withLock { $0.readsSince }.isEmpty)
        #expect(await service.call(.get, "/v1/jobs/\(job.id)?revision=5", as: "reader").status == 200)
        #expect(service.jobs.state.withLock { $0.readsSince } == [5])
        #expect(await service.call(.get, "/v1/jobs/\(job.id)?revision=-1", as: "reader").status == 400)
    }

    @Test func theTimeThatAJobHasTakenGoesOnUntilItsEnd() throws {
        let service = TestService()
        let now = Mutex(Timestamp(microseconds: 1_500_000))
        let cache = JobStatusCache(jobs: service.jobs, progress: service.jobs) { now.withLock { $0 } }
        let job = Samples.job(state: .running)
        service.jobs.publish(job)
        func elapsed() -> JSONValue? {
            Answer(.json(cache.status(of: job.id) ?? []))["job", "elapsed_seconds"]
        }
        #expect(elapsed() == .integer(1))
        now.withLock { $0 = Timestamp(microseconds: 1_999_999) }
        #expect(elapsed() == .integer(1))
        now.withLock { $0 = Timestamp(microseconds: 2_000_000) }
        #expect(elapsed() == .integer(2), "though nothing else has changed")
        service.jobs.publish(Samples.job(id: job.id, state: .failed, results: [.error: 2]))
        now.withLock { $0 = Timestamp(microseconds: 90_000_000) }
        #expect(elapsed() == .integer(0), "it ended after 9 µs")
    }

    @Test func whatWasFetchedInVainIsOnNoHost() async {
        let service = TestService()
        var job = Samples.job(state: .partial, results: [.cached: 1, .error: 3])
        (job.bytesDone, job.bytesInVain, job.bytesTotal) = (17, 10, 20)
        job.reasons = [.noSpace: 2, .checksumMismatch: 1]
        job.requestedBy = "ci"
        service.jobs.publish(job)
        let answer = await service.call(.get, "/v1/jobs/\(job.id)")
        #expect(answer["job", "bytes", "done"] == .integer(7))
        #expect(answer["job", "bytes", "in_vain"] == .integer(10))
        #expect(answer["job", "reasons", "no_space"] == .integer(2))
        #expect(answer["job", "reasons", "checksum_mismatch"] == .integer(1))
        #expect(answer["job", "reasons", "io_error"] == nil && answer["job", "requested_by"] == .string("ci"))
    }

    @Test func whereTheBytesCameFromIsShown() async throws {
        let service = TestService()
        var job = Samples.job(images: ["one", "two"], state: .running)
        service.jobs.publish(job)
        let star = await service.call(.get, "/v1/jobs/\(job.id)")
        #expect(star["job", "transfer", "copies"] == .null && star["job", "transfer", "seeds"] == .array([]))
        #expect(star["job", "transfer", "crossings"] == .array([]))
        job.images[0].isExchanged = true
        (job.images[0].fromSourceBytes, job.images[0].fromPeersBytes) = (23, 400)
        job.images[1].fromSourceBytes = 20
        job.mesh.take(.seed, of: try HostName("n1"))
        job.mesh.take(.alone, of: try HostName("n2"))
        job.crossings = Crossings(["west": 15, "": 3])
        service.jobs.publish(job)
        let mesh = await service.call(.get, "/v1/jobs/\(job.id)")
        #expect(mesh["job", "transfer", "from_source_bytes"] == .integer(43))
        #expect(mesh["job", "transfer", "from_peers_bytes"] == .integer(400))
        #expect(mesh["job", "transfer", "seeds"] == .array([.string("n1")]))
        #expect(
            mesh.text.contains(
                #""crossings":[{"zone":null,"bytes":3,"copies":0.3},{"zone":"west","bytes":15,"copies":1.5}]"#
            )
        )
        #expect(mesh.text.contains(#""copies":2.3,"#))
        #expect(mesh["job", "transfer", "notes"]?.items.first?.text?.contains("n2 reached none") == true)
    }

    @Test func aResultSaysWhoItsBytesCameFromIfTheyWereExchanged() async throws {
        let service = TestService()
        let job = Samples.job(state: .running)
        service.jobs.publish(job)
        var exchanged = ImageOutcome(.cached, bytesDone: 9)
        (exchanged.fromPeersBytes, exchanged.fromSourceBytes, exchanged.fromFarBytes) = (7, 2, 4)
        let (host, image) = (try HostName("n1"), try ImageID("one"))
        service.jobs.state.withLock {
            $0.results = [exchanged, ImageOutcome(.cached)].map {
                ResultRecord(host: host, imageID: image, $0)
            }
        }
        let answer = await service.call(.get, "/v1/jobs/\(job.id)/results")
        let results = answer["results"]?.items ?? []
        #expect(results.map { $0["from_peers_bytes"] } == [.integer(7), nil])
        #expect(results.map { $0["from_source_bytes"] } == [.integer(2), nil])
        #expect(results.map { $0["from_far_bytes"] } == [.integer(4), nil])
    }

    /// What is asked most of all costs no task, and nothing else is answered for it that has to be waited for.
    @Test func aKnownJobIsToldAtOnce() throws {
        let service = TestService()
        let job = Samples.job(state: .running)
        service.jobs.publish(job)
        func status(_ path: String, as token: String? = "reader") -> Int? {
            let fields: HTTPFields = token.map { [.authorization: "Bearer \($0)"] } ?? [:]
            let request = Request(method: .get, target: path, headers: fields)
            guard case .ready(let response) = service.router.reply(to: request) else { return nil }
            return response.status.code
        }
        let path = "/v1/jobs/\(job.id)"
        #expect(status(path) == 200)
        #expect(status(path, as: nil) == 401)
        #expect(status(path, as: "wrong") == 401)
        #expect(status(path, as: "flood") == 429)
        #expect(status(path, as: "agent") == 403)
        #expect(status(path, as: "fresh") == nil, "its token has to be looked up")
        #expect(status(path + "?wait=1") == nil)
        #expect(status("/v1/jobs/\(JobID.make())") == nil, "the store may know it")
        #expect(status("/v1/jobs/odd") == 400)
        #expect(status("/v1/jobs") == nil)
    }

    @Test func aJobThatMemoryHasForgottenIsReadFromTheStore() async {
        let service = TestService()
        let job = Samples.job(state: .succeeded, results: [.cached: 2])
        service.jobs.publish(job)
        service.jobs.state.withLock { $0.isCold = true }
        #expect(await service.call(.get, "/v1/jobs/\(job.id)").status == 200)
        let missing = await service.call(.get, "/v1/jobs/\(JobID.make())")
        #expect(missing.status == 404 && missing.code == "job_not_found")
        let odd = await service.call(.get, "/v1/jobs/not-a-uuid")
        #expect(odd.status == 400 && odd.fields == ["job"])
    }

    @Test func waitingEndsWithTheJob() async {
        let service = TestService()
        let job = Samples.job(state: .running)
        service.jobs.publish(job)
        async let answer = service.call(.get, "/v1/jobs/\(job.id)?wait=300")
        await service.jobs.untilWatched(job.id)
        service.jobs.publish(job)
        service.jobs.publish(Samples.job(id: job.id, state: .failed, results: [.error: 2]))
        #expect(await answer["job", "state"] == .string("failed"))
    }

    @Test func waitingEndsWhenTheServiceStopsOrTheTimeIsUp() async {
        let service = TestService()
        let job = Samples.job(state: .running)
        service.jobs.publish(job)
        let short = await service.call(.get, "/v1/jobs/\(job.id)?wait=1")
        #expect(short["job", "state"] == .string("running"))
        async let answer = service.call(.get, "/v1/jobs/\(job.id)?wait=300")
        await service.jobs.untilWatched(job.id, by: 2)
        service.stop.raise()
        #expect(await answer["job", "state"] == .string("running"))
    }

    @Test(arguments: ["wait=-1", "wait=301", "wait=x", "wait=1&wait=1", "colour=red", "wait=%ff", "wait=1.5"])
    func badWaitsAreRefused(query: String) async {
        let service = TestService()
        let job = Samples.job()
        service.jobs.publish(job)
        let answer = await service.call(.get, "/v1/jobs/\(job.id)?\(query)")
        #expect(answer.status == 400 && answer.code == "bad_request", "\(answer.text)")
    }

    @Test func listsArePaged() async throws {
        let service = TestService()
        service.jobs.publish(Samples.job(state: .running))
        let answer = await service.call(.get, "/v1/jobs?state=running&limit=5")
        #expect(answer["next"] == .string(PageCursor(kind: "jobs", key: ["9"]).description))
        for query in [
            "limit=0", "limit=1001", "limit=x", "state=odd", "aggregate=%20", "limit=+1", "id=x", "id=",
        ] {
            #expect(await service.call(.get, "/v1/jobs?\(query)").code == "bad_request", "\(query)")
        }
        #expect(await service.call(.get, "/v1/jobs?after=nonsense").code == "bad_cursor")
        let foreign = PageCursor(kind: "jobs", key: ["1"])
        #expect(await service.call(.get, "/v1/hosts?after=\(foreign)").code == "bad_cursor")
    }

    @Test func jobsAreFoundByTheBeginningOfTheirIds() async throws {
        let service = TestService()
        let job = Samples.job(state: .running)
        service.jobs.publish(job)
        let begun = await service.call(.get, "/v1/jobs?id=\(job.id.text.prefix(8).uppercased())")
        #expect(begun.texts("jobs", "id") == [job.id.text])
        let other = await service.call(.get, "/v1/jobs?id=\(job.id.text.hasPrefix("a") ? "b" : "a")")
        #expect(other["jobs"] == .array([]))
    }

    @Test func resultsShowLiveBytesAndPassTheirFilterOn() async throws {
        let service = TestService()
        let job = Samples.job(state: .running)
        service.jobs.publish(job)
        let result = ResultRecord(
            host: try HostName("h"),
            imageID: try ImageID("one"),
            hostOrdinal: 3,
            imageOrdinal: 1,
            ImageOutcome(.running)
        )
        service.jobs.state.withLock { $0.results = [result] }
        let answer = await service.call(.get, "/v1/jobs/\(job.id)/results?host=h&image=one&outcome=running")
        #expect(answer.text.contains(#""bytes_done":77,"bytes_total":99"#))
        let filter = try #require(service.jobs.state.withLock { $0.filters.first })
        #expect(
            filter == ResultFilter(host: try HostName("h"), image: try ImageID("one"), outcomes: [.running])
        )
    }

    @Test func cancellingAnEndedJobChangesNothing() async {
        let service = TestService()
        let (running, ended) = (Samples.job(state: .running), Samples.job(state: .failed))
        service.jobs.publish(running)
        service.jobs.publish(ended)
        #expect(await service.call(.post, "/v1/jobs/\(running.id)/cancel", as: "operator").status == 202)
        #expect(service.jobs.state.withLock { $0.jobs[running.id]?.isCancelRequested } == true)
        let answer = await service.call(.post, "/v1/jobs/\(ended.id)/cancel")
        #expect(answer.status == 202 && answer["job", "state"] == .string("failed"))
        #expect(await service.call(.post, "/v1/jobs/\(JobID.make())/cancel").code == "job_not_found")
    }

    @Test func onlyEndedJobsWithFailuresAreRetried() async {
        let service = TestService()
        let running = Samples.job(state: .running)
        let good = Samples.job(state: .succeeded, results: [.cached: 1, .existing: 1, .unsupported: 1])
        let bad = Samples.job(state: .partial, results: [.cached: 1, .skipped: 1])
        for job in [running, good, bad] { service.jobs.publish(job) }
        #expect(await service.call(.post, "/v1/jobs/\(running.id)/retry").code == "job_not_finished")
        #expect(await service.call(.post, "/v1/jobs/\(good.id)/retry").code == "nothing_to_retry")
        let answer = await service.call(.post, "/v1/jobs/\(bad.id)/retry", as: "operator")
        #expect(answer.status == 202 && answer["job", "retry_of"] == .string(bad.id.text))
    }
}
