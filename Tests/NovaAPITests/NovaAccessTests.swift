import HTTPServing
import HTTPTypes
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import NovaAPI

/// Who may do what, in which words, and in which order requests are checked.
@Suite(.timeLimit(.minutes(10)))
struct NovaAccessTests {
    @Test func withoutATokenItIs401AsKeystonemiddlewareWordsIt() async throws {
        let rig = try NovaRig()
        for token in [nil, "wrong"] as [String?] {
            let answer = try await rig.call(.get, "/v2.1/os-aggregates", token: token)
            #expect(answer.status == 401)
            #expect(answer.header("WWW-Authenticate") == "Keystone uri=\"http://keystone:5000\"")
            #expect(
                answer.text
                    == #"{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}"#
            )
        }
    }

    @Test func whileKeystoneIsAwayATokenThatIsntKnownIsWorthAnotherTry() async throws {
        let answer = try await NovaRig().call(.get, "/v2.1/os-aggregates", token: "away")
        #expect(answer.status == 503 && answer.header("Retry-After") == "5")
        #expect(answer.message("serviceUnavailable") != nil)
    }

    @Test func aPathsProjectIsTheTokens() async throws {
        let rig = try NovaRig()
        #expect(try await rig.call(.get, "/v2.1/0a1b/os-aggregates", token: "keystone:0a1b").status == 200)
        #expect(
            try await rig.call(.get, "/v2.1/0a1c/os-aggregates", token: "keystone:0a1b").message("badRequest")
                == "Malformed request URL: URL's project_id '0a1c' doesn't match Context's project_id '0a1b'"
        )
        // The service's own tokens are of no project.
        #expect(try await rig.call(.get, "/v2.1/0a1c/os-aggregates").status == 200)
    }

    @Test func aFloodOfWrongTokensIsToldToWait() async throws {
        let answer = try await NovaRig().call(.get, "/v2.1/os-aggregates", token: "flood")
        #expect(answer.status == 429)
        #expect(answer.text.contains(#""retryAfter":"3""#))
    }

    @Test(
        arguments: [
            ("GET", "/os-aggregates", nil, "os_compute_api:os-aggregates:index"),
            ("POST", "/os-aggregates", #"{"aggregate":{"name":"n"}}"#, "os_compute_api:os-aggregates:create"),
            ("GET", "/os-aggregates/x", nil, "os_compute_api:os-aggregates:show"),
            (
                "PUT", "/os-aggregates/x", #"{"aggregate":{"name":"n"}}"#,
                "os_compute_api:os-aggregates:update"
            ),
            ("DELETE", "/os-aggregates/x", nil, "os_compute_api:os-aggregates:delete"),
            (
                "POST", "/os-aggregates/x/action", #"{"add_host":{"host":"h"}}"#,
                "os_compute_api:os-aggregates:add_host"
            ),
            (
                "POST", "/os-aggregates/x/action", #"{"remove_host":{"host":"h"}}"#,
                "os_compute_api:os-aggregates:remove_host"
            ),
            (
                "POST", "/os-aggregates/x/action", #"{"set_metadata":{"metadata":{}}}"#,
                "os_compute_api:os-aggregates:set_metadata"
            ),
            (
                "POST", "/os-aggregates/x/images", #"{"cache":[{"id":"00000000000040008000000000000001"}]}"#,
                "compute:aggregates:images"
            ),
            ("GET", "/os-services", nil, "os_compute_api:os-services:list"),
            ("GET", "/os-hypervisors", nil, "os_compute_api:os-hypervisors:list"),
            ("GET", "/os-hypervisors/detail", nil, "os_compute_api:os-hypervisors:list-detail"),
            ("GET", "/os-hypervisors/x", nil, "os_compute_api:os-hypervisors:show"),
            ("GET", "/os-availability-zone/detail", nil, "os_compute_api:os-availability-zone:detail"),
        ] as [(String, String, String?, String)]
    )
    func allButTheShortListOfZonesIsForAdministrators(
        method: String,
        path: String,
        body: String?,
        rule: String
    ) async throws {
        let rig = try NovaRig()
        for role in ["reader", "operator", "agent"] {
            let answer = try await rig.call(try #require(.init(method)), "/v2.1" + path, body, token: role)
            #expect(answer.status == 403)
            #expect(answer.message("forbidden") == "Policy doesn't allow \(rule) to be performed.")
        }
        #expect(
            try await rig.call(try #require(.init(method)), "/v2.1" + path, body, token: "admin").status
                != 403
        )
    }

    @Test(arguments: ["reader", "operator", "admin", "roleless:0a1b"])
    func anyUserWithATokenSeesTheZones(token: String) async throws {
        #expect(try await NovaRig().call(.get, "/v2.1/os-availability-zone", token: token).status == 200)
    }

    @Test func anAgentSeesNoZones() async throws {
        let answer = try await NovaRig().call(.get, "/v2.1/os-availability-zone", token: "agent")
        #expect(answer.status == 403)
        #expect(
            answer.message("forbidden")
                == "Policy doesn't allow os_compute_api:os-availability-zone:list to be performed."
        )
    }

    @Test func noRouteLetsAnAgentIn() async throws {
        let rig = try NovaRig(imagesRole: .operator)
        let bodies = [
            "POST /os-aggregates": #"{"aggregate":{"name":"n"}}"#,
            "PUT /os-aggregates/{id}": #"{"aggregate":{"name":"n"}}"#,
            "POST /os-aggregates/{id}/action": #"{"add_host":{"host":"h"}}"#,
            "POST /os-aggregates/{id}/images": #"{"cache":[{"id":"\#(Self.image)"}]}"#,
        ]
        let routes = rig.router.routes.filter {
            $0.pattern.hasPrefix("/v2.1/os-") && !$0.pattern.hasSuffix("/")
        }
        #expect(routes.count > 10)
        for route in routes {
            let pattern = String(route.pattern.dropFirst("/v2.1".count))
            let answer = try await rig.call(
                route.method,
                route.pattern.replacing("{id}", with: "00000000-0000-4000-8000-000000000001"),
                bodies["\(route.method.rawValue) \(pattern)"],
                token: "agent"
            )
            #expect(answer.status == 403, "\(route.method.rawValue) \(pattern)")
        }
    }

    @Test func operatorsStartJobsWhereTheSettingLetsThem() async throws {
        let rig = try NovaRig(imagesRole: .operator)
        let body = #"{"cache":[{"id":"00000000-0000-4000-8000-000000000001"}]}"#
        #expect(
            try await rig.call(.post, "/v2.1/os-aggregates/1/images", body, token: "operator").status == 202
        )
        #expect(
            try await rig.call(.post, "/v2.1/os-aggregates/1/images", body, token: "reader").status == 403
        )
        #expect(try await rig.call(.get, "/v2.1/os-aggregates", token: "operator").status == 403)
    }

    /// A body may come long after its head, and the token be revoked meanwhile.
    @Test func aTokenRevokedWhileABodyComesOpensNothing() async throws {
        let images = #"{"cache":[{"id":"00000000-0000-4000-8000-000000000001"}]}"#
        let requests: [(HTTPRequest.Method, String, String)] = [
            (.post, "/1/images", images), (.post, "/1/action", #"{"add_host":{"host":"c2"}}"#),
            (.post, "", #"{"aggregate":{"name":"n"}}"#), (.put, "/1", #"{"aggregate":{"name":"n"}}"#),
        ]
        for (method, path, body) in requests {
            let rig = try NovaRig()
            let before = rig.fake.state.withLock { $0.aggregates }
            rig.fake.state.withLock { $0.brief["admin"] = false }
            let refused = try await rig.call(method, "/v2.1/os-aggregates\(path)", body)
            #expect(refused.status == 401 && refused.header("WWW-Authenticate") != nil, "\(path)")
            let isUnchanged = rig.fake.state.withLock { $0.aggregates == before && $0.orders.isEmpty }
            #expect(isUnchanged)
            rig.fake.state.withLock { $0.brief = [:] }
            #expect(try await rig.call(method, "/v2.1/os-aggregates\(path)", body).status < 300, "\(path)")
        }
    }

    @Test func whatThePolicyRefusesIsTold() async throws {
        let rig = try NovaRig()
        _ = try await rig.call(.delete, "/v2.1/os-aggregates/1", token: "reader")
        _ = try await rig.call(.get, "/v2.1/os-aggregates", token: "reader")
        let told = rig.lines.all.filter { $0.message == "change refused" }
        #expect(told.count == 1)
        #expect(told.first?.facts["path"] == "/v2.1/os-aggregates/1")
        #expect(told.first?.facts["why"]?.contains("os_compute_api:os-aggregates:delete") == true)
    }

    @Test func imagesAreCheckedInNovasOrder() async throws {
        let rig = try NovaRig()
        func ask(
            _ id: String,
            _ body: String,
            token: String = "admin",
            version: String = "compute 2.81"
        ) async throws -> NovaRig.Answer {
            try await rig.call(
                .post,
                "/v2.1/os-aggregates/\(id)/images",
                body,
                token: token,
                version: version
            )
        }
        let (one, twice) = (
            #"{"cache":[{"id":"\#(Self.image)"}]}"#,
            #"{"cache":[{"id":"\#(Self.image)"},{"id":"\#(Self.image)"}]}"#
        )
        #expect(try await ask("x", "{", token: "wrong", version: "compute 9.9").status == 401)
        #expect(try await ask("x", "{}", token: "reader", version: "compute 9.9").status == 406)
        let early = try await ask("x", "{}", token: "reader", version: "compute 2.80")
        #expect(early.message("itemNotFound") == "The resource could not be found.")
        let malformed = try await ask("x", "{", token: "reader")
        #expect(malformed.message("badRequest") == "Malformed request body")
        let schema = try await ask("x", "{}", token: "reader")
        #expect(schema.message("badRequest") == "'cache' is a required property")
        #expect(try await ask("x", twice, token: "reader").status == 403)
        let number = try await ask("x", twice)
        #expect(number.message("badRequest") == "Invalid input received: id must be an integer")
        let double = try await ask("7", twice)
        #expect(double.message("badRequest") == "Duplicate images in request")
        let gone = try await ask("7", one)
        #expect(gone.message("itemNotFound") == "Aggregate 7 could not be found.")
        #expect(try await ask("1", one).status == 202)
    }

    private static let image = "00000000-0000-4000-8000-000000000001"
}
