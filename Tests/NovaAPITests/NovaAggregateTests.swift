import HTTPServing
import HTTPTypes
import PrecacheModel
import Synchronization
import Testing

@testable import NovaAPI

/// os-aggregates: fields, statuses, messages.
@Suite(.timeLimit(.minutes(10)))
struct NovaAggregateTests {
    private static let bare =
        #""name":"web","availability_zone":"z1","created_at":"2019-10-11T14:19:07.366577","updated_at":null,"#
        + #""deleted":false,"deleted_at":null"#
    private static let full = bare + #","hosts":["c1"],"metadata":{"availability_zone":"z1","ssd":"true"}"#

    @Test func theUuidShowsFrom241On() async throws {
        let rig = try NovaRig()
        let old = try await rig.call(.get, "/v2.1/os-aggregates", version: "compute 2.40")
        #expect(old.text == #"{"aggregates":[{"id":1,\#(Self.full)}]}"#)
        let new = try await rig.call(.get, "/v2.1/os-aggregates/1", version: "compute 2.41")
        #expect(
            new.text == #"{"aggregate":{"id":1,"uuid":"00000000-0000-4000-8000-000000000001",\#(Self.full)}}"#
        )
        #expect(new.header("Content-Type") == "application/json")
    }

    @Test(arguments: ["/v2.1/os-aggregates", "/v2.1/os-aggregates/", "/v2.1/0a1b/os-aggregates"])
    func olderAddressesLeadThereToo(path: String) async throws {
        #expect(
            try await NovaRig().call(.get, path, version: nil).text
                == #"{"aggregates":[{"id":1,\#(Self.full)}]}"#
        )
    }

    @Test func aNewOneIsShownWithoutHostsAndMetadata() async throws {
        let body = #"{"aggregate":{"name":"web","availability_zone":"z1"}}"#
        let answer = try await NovaRig().call(.post, "/v2.1/os-aggregates", body, version: nil)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"aggregate":{"id":1,\#(Self.bare)}}"#)
    }

    @Test func changesArriveAsTheyWereMeant() async throws {
        let rig = try NovaRig()
        let path = "/v2.1/os-aggregates/1"
        let update = try await rig.call(.put, path, #"{"aggregate":{"name":" n ","availability_zone":"z"}}"#)
        #expect(update.status == 200 && update.text.contains(#""updated_at":"2019-10-11T14:19:08.366577""#))
        let metadata = #"{"set_metadata":{"metadata":{"a":"1","b":null,"availability_zone":"z"}}}"#
        #expect(try await rig.call(.post, path + "/action", metadata).status == 200)
        _ = try await rig.call(
            .post,
            path + "/action",
            #"{"set_metadata":{"metadata":{"availability_zone":null}}}"#
        )
        _ = try await rig.call(.put, path, #"{"aggregate":{"availability_zone":null}}"#)
        #expect(
            rig.fake.state.withLock(\.edits) == [
                .init(name: try AggregateName("n"), zone: .set("z")),
                .init(zone: .set("z"), metadata: ["a": "1", "b": nil]),
                .init(zone: .empty), .init(zone: .empty),
            ]
        )
    }

    @Test func nothingIsSaidWhereNovaSaysNothing() async throws {
        let rig = try NovaRig()
        let deleted = try await rig.call(.delete, "/v2.1/os-aggregates/1")
        #expect(deleted.status == 200 && deleted.text.isEmpty)
        let order =
            #"{"cache":[{"id":"00000000-0000-4000-8000-000000000002"},{"id":"00000000-0000-4000-8000-000000000001"}]}"#
        let accepted = try await rig.call(.post, "/v2.1/os-aggregates/1/images", order)
        #expect(accepted.status == 202 && accepted.text.isEmpty)
        #expect(accepted.header("Location")?.hasPrefix("/v1/jobs/") == true)
        #expect(rig.fake.state.withLock(\.orders).map { $0.map { $0.text.suffix(1) } } == [["2", "1"]])
    }

    @Test(
        arguments: [
            (
                "PUT", "", #"{"aggregate":{"name":"n"}}"#, AggregateRefusal.noAggregate, 404,
                "Aggregate 1 could not be found."
            ),
            (
                "PUT", "", #"{"aggregate":{"name":"n"}}"#, .zoneConflict(["z1", "it's"]), 400,
                "Cannot update aggregate 1. Reason: One or more hosts already in availability zone(s) ['z1', \"it's\"]."
            ),
            (
                "DELETE", "", nil, .notEmpty, 400,
                "Cannot remove host from aggregate 1. Reason: Host aggregate is not empty."
            ),
            (
                "POST", "/action", #"{"add_host":{"host":"h"}}"#, .noHost, 404,
                "Host 'h' is not mapped to any cell"
            ),
            (
                "POST", "/action", #"{"add_host":{"host":"h"}}"#, .alreadyMember, 409,
                "Aggregate 1 already has host h."
            ),
            (
                "POST", "/action", #"{"add_host":{"host":"h"}}"#, .zoneConflict(["z"]), 409,
                "Cannot add host to aggregate 1. Reason: One or more hosts already in availability zone(s) ['z']."
            ),
            (
                "POST", "/action", #"{"remove_host":{"host":"h"}}"#, .noHost, 404,
                "Cannot remove host h in aggregate 1"
            ),
            (
                "POST", "/action", #"{"remove_host":{"host":"h"}}"#, .notMember, 404,
                "Cannot remove host h in aggregate 1"
            ),
            (
                "POST", "/action", #"{"set_metadata":{"metadata":{}}}"#, .zoneConflict(["z"]), 400,
                "Cannot update metadata of aggregate 1. Reason: One or more hosts already in availability zone(s) ['z']."
            ),
        ] as [(String, String, String?, AggregateRefusal, Int, String)]
    )
    func whatCantBeIsRefusedInNovasWords(
        method: String,
        path: String,
        body: String?,
        refusal: AggregateRefusal,
        status: Int,
        message: String
    ) async throws {
        let rig = try NovaRig()
        rig.fake.state.withLock { $0.refusal = refusal }
        let answer = try await rig.call(try #require(.init(method)), "/v2.1/os-aggregates/1" + path, body)
        #expect(answer.status == status)
        let fault = [400: "badRequest", 404: "itemNotFound", 409: "conflictingRequest"][status]
        #expect(answer.message(try #require(fault)) == message)
    }

    @Test func anEmptyZoneAndATakenNameAreNamed() async throws {
        let rig = try NovaRig()
        let name = try AggregateName("n")
        rig.fake.state.withLock { $0.refusal = .emptyZone(name) }
        let body = #"{"set_metadata":{"metadata":{"availability_zone":""}}}"#
        #expect(
            try await rig.call(.post, "/v2.1/os-aggregates/1/action", body).message("badRequest")
                == "Cannot update metadata of aggregate 1. Reason: Aggregate n does not support empty named availability zone."
        )
        rig.fake.state.withLock { $0.refusal = .nameTaken(name) }
        let made = try await rig.call(.post, "/v2.1/os-aggregates", #"{"aggregate":{"name":"n"}}"#)
        #expect(made.message("conflictingRequest") == "Aggregate n already exists.")
    }

    @Test func bodiesThatMakeNoSenseAreRefused() async throws {
        let rig = try NovaRig()
        let path = "/v2.1/os-aggregates/1/action"
        #expect(try await rig.call(.post, path, "{").message("badRequest") == "Malformed request body")
        #expect(try await rig.call(.post, path, "{}").message("badRequest") == "Malformed request body")
        #expect(
            try await rig.call(.post, path, #"{"fly":{}}"#).message("badRequest")
                == "There is no such action: fly"
        )
        let typed = try await rig.call(.post, path, "<x/>", fields: ["Content-Type": "application/xml"])
        #expect(typed.status == 415 && typed.message("badMediaType") == "Unsupported Content-Type")
        let large = try await rig.call(.post, path, String(repeating: " ", count: NovaCall.maximumBody + 1))
        #expect(large.status == 413 && large.message("overLimit") == "Request is too large.")
    }

    @Test(arguments: ["x", "1x", "", "+", "1.0"])
    func anIdThatIsNoNumberIsABadRequest(id: String) async throws {
        let answer = try await NovaRig().call(.get, "/v2.1/os-aggregates/\(id.isEmpty ? "%20" : id)")
        #expect(answer.message("badRequest") == "Invalid input received: id must be an integer")
    }

    @Test(arguments: ["7", "-1", "0", "99999999999999999999"])
    func anUnknownIdIsNotFound(id: String) async throws {
        let answer = try await NovaRig().call(.get, "/v2.1/os-aggregates/\(id)")
        #expect(answer.message("itemNotFound") == "Aggregate \(id) could not be found.")
    }

    @Test func unknownPathsAndMethodsHaveNovasShape() async throws {
        let rig = try NovaRig()
        let missing = try await rig.call(.get, "/v2.1/servers")
        #expect(
            missing.status == 404 && missing.message("itemNotFound") == "The resource could not be found."
        )
        let method = try await rig.call(.patch, "/v2.1/os-aggregates")
        #expect(method.status == 405 && method.message("badMethod") != nil)
        #expect(method.header("Allow") == "GET, HEAD, POST")
    }

    @Test func aStoreThatFailsIs503AndWorthAnotherTry() async throws {
        let rig = try NovaRig()
        rig.fake.state.withLock { $0.trouble = StoreError(.busy, message: "secret path") }
        let answer = try await rig.call(.get, "/v2.1/os-aggregates")
        #expect(answer.status == 503 && answer.header("Retry-After") == "1")
        #expect(answer.message("serviceUnavailable") != nil && !answer.text.contains("secret"))
    }

    @Test func aLongListIsWhole() async throws {
        let rig = try NovaRig()
        try rig.fake.state.withLock { state in
            let web = try #require(state.aggregates.first)
            let hosts = try (0..<100).map { try HostName("h\($0)") }
            state.aggregates = (1...100).map { number in
                var one = web
                (one.id, one.hosts) = (Int64(number), hosts)
                return one
            }
        }
        let text = try await rig.call(.get, "/v2.1/os-aggregates").text
        #expect(text.split(separator: #""h99""#, omittingEmptySubsequences: false).count == 101)
    }
}
