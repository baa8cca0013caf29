import HTTPTypes
import PrecacheAPI
import PrecacheModel
import Synchronization
import Testing

@testable import ServiceAPI

@Suite struct CacheRouteTests {
    private let path = "/v1/aggregates/web/images"

    @Test func aJobIsAcceptedWithItsPlace() async throws {
        let service = TestService()
        try await service.furnish()
        let body = #"{"cache":[{"id":"two"},{"id":"one"}],"parallelism":"50%","max_attempts":7}"#
        let answer = await service.call(.post, path, body, as: "operator")
        #expect(answer.status == 202)
        let job = try #require(service.jobs.state.withLock { $0.created.first })
        #expect(answer.header("Location") == "/v1/jobs/\(job.id)")
        #expect(answer["job", "id"] == .string(job.id.text))
        #expect(job.images.map(\.id.text) == ["two", "one"] && job.aggregate == AggregateKey("web"))
        #expect(job.limits.parallelism == .percent(50) && job.limits.maxAttempts == 7)
        #expect(
            job.limits.hostTimeout == Samples.limits.hostTimeout,
            "what isn't said is the service's setting"
        )
        #expect(job.requestedBy == "test-operator")
    }

    @Test(arguments: [
        ("{", 400, "malformed_json"), ("", 400, "malformed_json"), ("{} x", 400, "malformed_json"),
        (#"{"cache":[{"id":"one"}],"cache":[]}"#, 400, "malformed_json"),
        (#"{"cache":[]}"#, 400, "invalid_input"), (#"{"cache":[{"id":"one"}],"x":1}"#, 400, "invalid_input"),
        (#"{"cache":[{"id":"one"},{"id":"one"}]}"#, 400, "invalid_input"),
        (#"{"cache":[{"id":"nope"}]}"#, 400, "unknown_images"), ("[]", 400, "invalid_input"),
    ])
    func badOrdersAreRefusedAndMakeNoJob(body: String, status: Int, code: String) async throws {
        let service = TestService()
        try await service.furnish()
        let answer = await service.call(.post, path, body)
        #expect(answer.status == status && answer.code == code, "\(answer.text)")
        #expect(service.jobs.state.withLock { $0.created.isEmpty })
    }

    @Test func aDryRunAnswersWithAPlanAndMakesNoJob() async throws {
        let service = TestService()
        try await service.furnish()
        let key = ["Idempotency-Key": "k1"]
        let body = #"{"cache":[{"id":"one"}],"dry_run":true}"#
        let answer = await service.call(.post, path, body, as: "operator", headers: key)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer["plan", "hosts", "total"]?.integer == 2)
        #expect(answer["plan", "hosts", "existing"]?.integer == 1)
        #expect(answer["plan", "bytes", "from_source"]?.integer == 10)
        #expect(answer["plan", "finish", "rests_on"]?.text == "assumed")
        #expect(service.jobs.state.withLock { $0.created.isEmpty })
        let missing = await service.call(.post, "/v1/aggregates/999/images", body)
        #expect(missing.status == 404 && missing.code == "aggregate_not_found")
        // The key is free: a job may be made with it.
        let job = await service.call(
            .post,
            path,
            #"{"cache":[{"id":"one"}]}"#,
            as: "operator",
            headers: key
        )
        #expect(job.status == 202 && job.header("Idempotent-Replayed") == nil)
        #expect(service.jobs.state.withLock { $0.created.first?.predictedTime } == .seconds(1))
    }

    @Test func allUnknownImagesAreNamed() async throws {
        let service = TestService()
        try await service.furnish()
        let answer = await service.call(.post, path, #"{"cache":[{"id":"x"},{"id":"one"},{"id":"y"}]}"#)
        #expect(answer.fields == ["cache[0].id", "cache[2].id"])
    }

    @Test func aBodyThatIsTooLargeOrNotJSONByItsTypeIsRefused() async throws {
        let service = TestService()
        try await service.furnish()
        let large = await service.call(.post, path, String(repeating: " ", count: 1_048_577))
        #expect(large.status == 413 && large.code == "too_large")
        let typed = await service.call(.post, path, "{}", headers: ["Content-Type": "text/plain"])
        #expect(typed.status == 415 && typed.code == "unsupported_media_type")
        let charset = await service.call(
            .post,
            path,
            #"{"cache":[{"id":"one"}]}"#,
            headers: ["Content-Type": "Application/JSON; charset=utf-8"]
        )
        #expect(charset.status == 202)
    }

    @Test func aggregatesGoByNameOrNumber() async throws {
        let service = TestService()
        try await service.furnish()
        let body = #"{"cache":[{"id":"one"}]}"#
        #expect(await service.call(.post, "/v1/aggregates/1/images", body).status == 202)
        let missing = await service.call(.post, "/v1/aggregates/999/images", body)
        #expect(missing.status == 404 && missing.code == "aggregate_not_found")
        let odd = await service.call(.post, "/v1/aggregates/%20x/images", body)
        #expect(odd.status == 400 && odd.code == "bad_request")
    }

    @Test func theSameKeyAndBodyIsTheSameJob() async throws {
        let service = TestService()
        try await service.furnish()
        let key = ["Idempotency-Key": "k1"]
        let body = #"{"cache":[{"id":"one"}]}"#
        let first = await service.call(.post, path, body, headers: key)
        // Gone from the catalogue since: a replay doesn't ask for it any more.
        try await service.inventory.deleteImage(try ImageID("one"))
        let second = await service.call(.post, path, body, headers: key)
        #expect(second.status == 202 && second["job", "id"] == first["job", "id"])
        #expect(first.header("Idempotent-Replayed") == nil && second.header("Idempotent-Replayed") == "true")
        #expect(second.header("X-Request-Id") == "req-test")
        #expect(service.jobs.state.withLock { $0.created.count } == 1)
        let other = await service.call(.post, path, #"{"cache":[{"id":"two"}]}"#, headers: key)
        #expect(other.status == 409 && other.code == "idempotency_conflict")
        #expect(other.header("X-Request-Id") == "req-test", "errors carry it too")
        let somebody = await service.call(
            .post,
            path,
            #"{"cache":[{"id":"two"}]}"#,
            as: "operator",
            headers: key
        )
        #expect(somebody.status == 202, "keys of different bearers never meet")
    }

    @Test(arguments: ["", "with space", "\u{e9}", String(repeating: "k", count: 256)])
    func badKeysAreRefused(key: String) async throws {
        let service = TestService()
        try await service.furnish()
        let body = #"{"cache":[{"id":"one"}]}"#
        let answer = await service.call(.post, path, body, headers: ["Idempotency-Key": key])
        #expect(answer.status == 400 && answer.fields == ["Idempotency-Key"])
    }

    @Test(arguments: [
        (StoreError.Code.full, 503, "storage_full"), (.busy, 503, "storage_unavailable"),
        (.moved, 503, "storage_unavailable"), (.readOnly, 503, "storage_unavailable"),
        (.corrupt, 503, "storage_unavailable"),
        (.closed, 503, "not_ready"),
        (.failed, 503, "storage_unavailable"),
    ])
    func troublesOfTheStoreSayWhenToComeAgain(code: StoreError.Code, status: Int, name: String) async throws {
        let service = TestService()
        try await service.furnish()
        service.jobs.state.withLock { $0.trouble = StoreError(code, message: "/secret/path: SQLITE_X") }
        let answer = await service.call(.post, path, #"{"cache":[{"id":"one"}]}"#)
        #expect(answer.status == status && answer.code == name && answer.header("Retry-After") != nil)
        #expect(!answer.text.contains("/secret/path"))
    }

    @Test func tooManyOpenJobsAreAnsweredWith429() async throws {
        let service = TestService()
        try await service.furnish()
        service.jobs.state.withLock {
            $0.trouble = StoreError(.tooMany, subject: "job", message: "2 jobs have not ended")
        }
        let answer = await service.call(.post, "/v1/aggregates/web/images", #"{"cache":[{"id":"one"}]}"#)
        #expect(answer.status == 429 && answer.code == "too_many_jobs")
        #expect(answer.header("Retry-After") == "10")
    }

    @Test func aJobCountsForTheAccountAndNamesThePerson() async throws {
        let service = TestService()
        try await service.furnish()
        for token in ["keystone:u1", "keystone:u2", "operator"] {
            let answer = await service.call(
                .post,
                "/v1/aggregates/web/images",
                #"{"cache":[{"id":"one"}]}"#,
                as: token
            )
            #expect(answer.status == 202)
        }
        let created = service.jobs.state.withLock { $0.created }
        #expect(created.map(\.requestedBy) == ["alice", "alice", "test-operator"])
        #expect(created.map(\.account) == ["u1", "u2", "test-operator"])
    }

    @Test func anAggregateThatIsMissingIsToldBeforeAnImageThatIs() async throws {
        let service = TestService()
        try await service.furnish()
        let answer = await service.call(.post, "/v1/aggregates/none/images", #"{"cache":[{"id":"nothing"}]}"#)
        #expect(answer.status == 404 && answer.code == "aggregate_not_found")
    }
}
