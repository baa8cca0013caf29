import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheModel
import Telemetry
import Testing

@testable import ServiceAPI

@Suite
struct AdmissionTests {
    private struct Gate: Gatekeeper {
        let caller: Caller
        func admit(_ credentials: Credentials, peer: String) -> Admission { .admitted(caller) }
        func admitAnew(_ credentials: Credentials, peer: String) async -> Admission { .refused }
        let challenges: [String] = []
    }

    private func door(_ gate: Gate, isStopping: Bool = false) -> ServiceDoor {
        let stop = StopSignal()
        if isStopping { stop.raise() }
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        return ServiceDoor(
            gate: gate,
            stop: stop,
            proxies: TrustedProxies(),
            refusedHeartbeats: RefusedHeartbeats(MetricsRegistry(), logger),
            clock: { .now() },
            logger: logger
        )
    }

    private func admit(_ request: Request, _ role: Role, _ gate: Gate) throws(Problem) -> Caller {
        try door(gate).caller(gate.admit(Credentials(), peer: request.peer.address), request, role)
    }

    private let fromPage = Request(
        method: .post,
        target: "/v1/jobs/x/cancel",
        headers: [.origin: "https://evil.example"]
    )

    @Test func whereNobodyNeedsATokenAWebPageIsRefused() {
        let open = Gate(caller: Caller(name: nil, role: nil))
        #expect(throws: Problem.self) { try admit(fromPage, .operator, open) }
        let own: HTTPFields = [.host: "127.0.0.1:7700", .origin: "http://127.0.0.1:7700"]
        let fromOurs = Request(method: .post, target: "/v1/jobs/x/cancel", headers: own)
        #expect(throws: Never.self) { try admit(fromOurs, .operator, open) }
    }

    @Test func aTokenIsProofEnough() throws {
        let gate = Gate(caller: Caller(name: "ci", role: .operator))
        #expect(try admit(fromPage, .operator, gate).name == "ci")
    }

    @Test func whatAClientsLeavingInterruptsIsNoFaultOfTheService() async {
        let request = fromPage
        let gate = Gate(caller: Caller(name: nil, role: nil))
        let doors = [false, true].map { door(gate, isStopping: $0) }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let error = StoreError(.failed, message: "CancellationError()")
            return doors.map { $0.refusal(error, request).status.code }
        }
        #expect(await task.value == [400, 503])
    }

    @Test func keysOfTwoBearersNeverMeet() throws {
        let idempotency = Idempotency { _ in "" }
        func key(_ name: String, _ key: String) throws -> String? {
            let field = Idempotency.field
            let call = Call(
                request: Request(method: .post, target: "/x", headers: [field: key]),
                parameters: PathParameters(),
                caller: Caller(name: name, role: .operator)
            )
            return try idempotency.claim(of: call, body: [])?.key
        }
        #expect(try key("a", "b/c") != key("a/b", "c"))
    }

    @Test func aKeystoneUserWithoutARoleThatCountsMayNothingThoughNilElsewhereMeansEverything() {
        let identity = KeystoneIdentity(
            userID: "u",
            userName: "eve",
            projectID: "p",
            projectName: "demo",
            roles: ["other"]
        )
        let gate = Gate(caller: Caller(name: "eve", role: nil, keystone: identity))
        let request = Request(method: .get, target: "/v1/jobs")
        do {
            _ = try admit(request, .reader, gate)
            Issue.record("admitted")
        } catch {
            #expect(error.status == .forbidden)
            #expect(error.detail == "this needs the role reader; the Keystone user eve has none")
        }
    }
}
