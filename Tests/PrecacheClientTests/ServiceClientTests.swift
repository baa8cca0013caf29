import HTTPTypes
import PrecacheClient
import PrecacheModel
import Synchronization
import Testing

@Suite struct ServiceClientTests {
    static let job = """
        {"job":{"id":"1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b","aggregate":"web","state":"running",
        "images":[{"id":"grub-rescue","name":null,"size_bytes":5081088}],"hosts":{"total":3,"done":1},
        "results":{"pending":0,"running":2,"cached":1,"existing":0,"error":0,"unsupported":0,"skipped":0,"cancelled":0},
        "bytes":{"done":7000000,"total":15243264},"parallelism":32,"host_timeout_seconds":1800,"max_attempts":3,
        "deadline_seconds":21600,"keep_seconds":null,"retry_of":null,"note":null,"created_at":"2026-11-23T10:00:00.000000Z",
        "started_at":"2026-11-23T10:00:00.010000Z","finished_at":null,"a_later_field":{}}}
        """

    @Test func startsAJobWithItsKeyAndLimits() async throws {
        let transport = ScriptedTransport([(202, Self.job)])
        let order = CacheOrder(
            images: ["a", "b"],
            parallelism: "25%",
            hostTimeoutSeconds: 60,
            maxAttempts: 2
        )
        let reply = try await ServiceClient(transport: transport)
            .startJob(aggregate: "web", order: order, idempotencyKey: "k-1")
        #expect(reply.value.jobState == .running)
        #expect(reply.value.finishedCount == 1)
        let request = try #require(transport.requests.first)
        #expect(request.method == .post)
        #expect(request.target == "/v1/aggregates/web/images")
        #expect(request.headers[try #require(.init("Idempotency-Key"))] == "k-1")
        #expect(
            String(decoding: request.body ?? [], as: UTF8.self)
                == #"{"cache":[{"id":"a"},{"id":"b"}],"host_timeout_seconds":60,"max_attempts":2,"parallelism":"25%"}"#
        )
    }

    @Test func sendsParallelismInDigestsAsANumber() async throws {
        let transport = ScriptedTransport([(202, Self.job)])
        let order = CacheOrder(images: [], parallelism: "32")
        _ = try await ServiceClient(transport: transport)
            .startJob(aggregate: "web", order: order, idempotencyKey: "k")
        #expect(
            String(decoding: transport.requests[0].body ?? [], as: UTF8.self)
                == #"{"cache":[],"parallelism":32}"#
        )
    }

    @Test func waitsLongerThanTheServiceDoes() async throws {
        let transport = ScriptedTransport([(200, Self.job)])
        _ = try await ServiceClient(transport: transport).job("j", wait: 50)
        #expect(transport.requests[0].target == "/v1/jobs/j?wait=50")
        #expect(transport.requests[0].patience == .seconds(80))
    }

    @Test func readsPages() async throws {
        let page =
            #"{"results":[{"host":"a","image_id":"i","outcome":"error","reason":"no_space"}],"next":"c2"}"#
        let transport = ScriptedTransport([(200, page)])
        let listing = try await ServiceClient(transport: transport)
            .results(of: "j", outcome: "error", limit: 10, after: "c1").value
        #expect(transport.requests[0].target == "/v1/jobs/j/results?outcome=error&limit=10&after=c1")
        #expect(listing.next == "c2")
        #expect(listing.items.map(\.reason) == ["no_space"])
        #expect(listing.items[0].isBad)
    }

    @Test(
        arguments: [
            ("<html>", "it isn't JSON"), ("{}", "'job' is missing"),
            (#"{"job":{"id":5}}"#, "'job.id' has another type"),
        ]
    ) func saysWhatItCannotRead(body: String, words: String) async {
        let client = ServiceClient(transport: ScriptedTransport([(200, body)]))
        let error = await #expect(throws: ClientError.self) { try await client.job("j") }
        #expect(error?.kind == .unreadable)
        #expect(error?.message == "http://service gave an answer that this client can't read: \(words)")
    }

    @Test func tellsWhetherTheServiceIsReady() async throws {
        let answers = [
            (200, "ok\n"), (503, #"{"detail":"the database does not take writes now"}"#), (401, "{}"),
            (200, "openapi: 3.1.0\ninfo:\n  title: x\n  version: 1.2.3\n"),
        ]
        let status = try await ServiceClient(transport: ScriptedTransport(answers)).serviceStatus()
        #expect(!status.isReady)
        #expect(status.detail == "the database does not take writes now")
        #expect(!status.isAllowed)
        #expect(status.version == "1.2.3")
    }
}

/// Answers calls from a list, in order, and remembers them.
final class ScriptedTransport: ServiceTransport {
    let address = "http://service"
    private let state: Mutex<(answers: [ServiceAnswer], requests: [ServiceRequest])>

    init(_ answers: [(status: Int, body: String)]) {
        let answers = answers.map {
            ServiceAnswer(status: .init(code: $0.status), body: Array($0.body.utf8))
        }
        state = Mutex((answers, []))
    }

    var requests: [ServiceRequest] { state.withLock { $0.requests } }

    func send(_ request: ServiceRequest) async throws(ClientError) -> ServiceAnswer {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? nil : state.answers.removeFirst()
        }
        guard let answer else { throw ClientError(.noAnswer, "the script has ended") }
        return answer
    }

    func stream(
        _ request: ServiceRequest,
        receive: @Sendable ([UInt8]) async -> Void
    ) async throws(ClientError) -> ServiceAnswer {
        let answer = try await send(request)
        await receive(answer.body)
        return answer
    }
}
