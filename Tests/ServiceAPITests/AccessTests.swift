import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import ServiceAPI

@Suite struct AccessTests {
    /// What tells nobody anything: that the service is there, and the page's files.
    private static func isOpen(_ pattern: String) -> Bool {
        ["/healthz", "/readyz"].contains(pattern) || pattern.hasPrefix("/ui") && pattern != "/ui/jobs.html"
    }

    @Test func everyRouteButHealthAsksForAToken() async {
        let service = TestService()
        for (method, pattern) in service.router.routes {
            let path = pattern.replacing(#/\{[a-z]+\}/#, with: "11111111-1111-1111-1111-111111111111")
            let answer = await service.call(method, path, as: nil)
            if Self.isOpen(pattern) {
                #expect([200, 303, 404].contains(answer.status), "\(pattern)")
            } else {
                #expect(answer.status == 401, "\(method) \(pattern)")
                #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
                #expect((answer.code == "unauthorized") == (pattern != "/ui/jobs.html"))
            }
        }
    }

    @Test func everyRouteAsksForItsRoleBeforeAnythingElse() async {
        let service = TestService()
        for (method, pattern) in service.router.routes where !Self.isOpen(pattern) {
            let path = pattern.replacing(#/\{[a-z]+\}/#, with: "nobody")
            let needed: Role =
                pattern.hasSuffix("/heartbeat")
                ? .agent
                : method == .get
                    ? .reader
                    : pattern.hasPrefix("/v1/policies/")
                        || method == .post && !pattern.hasPrefix("/v1/webhooks/")
                        ? .operator : .admin
            for role in Role.allCases {
                let answer = await service.call(method, path, "{}", as: role.rawValue)
                #expect((answer.status == 403) == !role.allows(needed), "\(role) \(method) \(pattern)")
                if answer.status == 403 { #expect(answer.text.contains("role \(needed.rawValue)")) }
            }
        }
    }

    /// A body may come long after its head, and the token be revoked meanwhile.
    @Test func aTokenRevokedWhileABodyComesOpensNothing() async throws {
        let host = #"{"address":"127.0.0.1"}"#
        let beat = RefusedHeartbeatTests.beat()
        let requests: [(HTTPRequest.Method, String, String)] = [
            (.post, "/v1/aggregates/web/images", #"{"cache":[{"id":"one"}]}"#), (.put, "/v1/hosts/h3", host),
            (.put, "/v1/aggregates/new", "{}"),
            (.put, "/v1/images/three", #"{"url":"http://x/y","allow_unverified":true}"#),
            (.put, "/v1/inventory", "{}"), (.put, "/v1/webhooks/w", #"{"url":"http://x/"}"#),
            (.put, "/v1/hosts/h1/heartbeat", beat),
        ]
        for (method, path, body) in requests {
            let role = path.hasSuffix("/heartbeat") ? "agent" : "admin"
            let service = TestService()
            try await service.furnish()
            #expect(await service.call(method, path, body, as: role).status < 300, "\(path)")
            let other = TestService()
            try await other.furnish()
            let lines = other.lines.all.count
            other.gate.revokeAfterNext(role)
            let refused = await other.call(method, path, body, as: role)
            #expect(refused.status == 401, "\(path)")
            let told = other.lines.all.dropFirst(lines).map(\.message)
            #expect(told == [role == "agent" ? "heartbeat refused" : "request refused"], "no change")
            #expect(other.jobs.state.withLock { $0.created.isEmpty })
        }
    }

    @Test func refusedChangesAreToldAFewTimesAnHour() async {
        let service = TestService()
        for _ in 0..<30 { _ = await service.call(.put, "/v1/images/a?x=secret", "{}", as: "operator") }
        let told = service.lines.all.filter { $0.message == "change refused" }
        #expect(told.count == 20)
        let facts = told.first?.facts ?? [:]
        #expect(
            facts["caller"] == "test-operator" && facts["method"] == "PUT" && facts["path"] == "/v1/images/a"
        )
        #expect(facts["why"] == "it needs the role admin" && facts["note"] == nil)
        #expect(told.last?.facts["note"] != nil)
        _ = await service.call(.post, "/v1/jobs/x/cancel", as: "reader")
        _ = await service.call(.get, "/v1/jobs", as: "agent")
        let all = service.lines.all.filter { $0.message == "change refused" }
        #expect(all.count == 21, "another caller's are told, and what only looks is no change")
    }

    @Test func aCallerLearnsWhomTheServiceTakesItFor() async {
        let operate = await TestService().call(.get, "/v1/whoami", as: "operator")
        #expect(
            operate.text == #"{"caller":{"name":"test-operator","role":"operator","authentication":"token","#
                + #""project":null,"expires_at":null}}"#
        )
    }

    @Test func whoReadsLearnsWhoSharesTheDatabase() async {
        let answer = await TestService().call(.get, "/v1/controllers", as: "reader")
        let ends = [
            #""beat_age_seconds":1.5,"clock_offset_seconds":10.0,"open_jobs":2,"answering":true}"#,
            #""beat_age_seconds":0.0,"clock_offset_seconds":0.0,"open_jobs":2,"answering":false}"#,
        ]
        #expect(answer.texts("controllers", "name") == ["c3", "c4"])
        for end in ends { #expect(answer.text.contains(end)) }
        #expect(await TestService().call(.get, "/v1/controllers?x=1", as: "reader").status == 400)
    }

    @Test func aFloodOfWrongTokensIsToldToWait() async {
        let answer = await TestService().call(.get, "/v1/jobs", as: "flood")
        #expect(
            answer.status == 429 && answer.code == "too_many_attempts" && answer.header("Retry-After") == "2"
        )
    }

    @Test func wrongTokensAreToldOnceForAnAddressAndMissingOnesNever() async throws {
        let service = TestService()
        for _ in 0..<100 {
            _ = await service.call(.get, "/v1/jobs", as: "wrong")
            _ = await service.call(.get, "/v1/hosts", as: "wrong")
            _ = await service.call(.get, "/v1/jobs", as: nil)
        }
        let told = service.lines.all
        #expect(told.count == 1)
        let line = try #require(told.first)
        #expect(line.level == .warning && line.message == "request refused" && !line.text.contains("wrong"))
        #expect(line.facts["code"] == "unauthorized" && line.facts["path"] == "/v1/jobs")
    }

    @Test func aTokenThatNobodyCanCheckNowIsNeitherRightNorWrong() async {
        let answer = await TestService().call(.get, "/v1/jobs", as: "nobody-knows")
        #expect(
            answer.status == 503 && answer.code == "identity_unavailable"
                && answer.header("Retry-After") == "5"
        )
    }

    @Test func anUnfamiliarTokenIsLookedAtAgain() async {
        #expect(await TestService().call(.get, "/v1/jobs", as: "fresh").status == 200)
    }

    @Test func readinessSaysWhatIsInTheWay() async {
        let answer = await TestService(obstacle: "the dispatcher is starting").call(.get, "/readyz", as: nil)
        #expect(answer.status == 503 && answer.code == "not_ready" && answer.text.contains("dispatcher"))
        let service = TestService()
        #expect(await service.call(.get, "/readyz", as: nil).text == "ok\n")
        service.stop.raise()
        #expect(await service.call(.get, "/readyz", as: nil).status == 503)
        #expect(await service.call(.get, "/healthz", as: nil).status == 200)
    }

    @Test func unknownPathsAndMethodsAreProblems() async {
        let service = TestService()
        let missing = await service.call(.get, "/v1/nothing")
        #expect(missing.status == 404 && missing.code == "not_found")
        let wrong = await service.call(.delete, "/v1/jobs")
        #expect(
            wrong.status == 405 && wrong.code == "method_not_allowed" && wrong.header("Allow") == "GET, HEAD"
        )
        #expect(wrong.header("Content-Type") == "application/problem+json")
        #expect(wrong["request_id"] == .string("req-test"))
    }

    @Test func theListOfRoutesIsTheRouters() {
        let listed = ServiceRoutes.list()
        #expect(
            listed.count + RouteTable.page.routes.count == TestService().router.routes.count
                && Set(listed).count == listed.count
        )
        #expect(listed.contains("POST /v1/aggregates/{aggregate}/images"))
    }
}
