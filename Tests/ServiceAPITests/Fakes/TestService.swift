import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel
import ServiceAPI
import Telemetry
import TestSupport
import Testing

/// The API over fakes, asked at the router: no sockets.
struct TestService {
    let inventory = FakeInventory()
    let jobs: FakeJobs
    let webhooks = FakeWebhooks()
    let gate = FakeGate()
    let lines = LogLines()
    let stop = StopSignal()
    let router: Router

    init(obstacle: String? = nil, imageService: (any ImageRecords)? = nil) {
        jobs = FakeJobs(inventory: inventory)
        let dependencies = ServiceDependencies(
            inventory: inventory,
            coverage: FakePolicies(),
            wanted: FakePolicies(),
            plans: FakePolicies(),
            policies: FakePolicies(),
            caches: inventory,
            imageService: imageService,
            jobs: jobs,
            progress: jobs,
            webhooks: webhooks,
            controllers: FakeControllers(),
            gate: gate,
            proxies: TrustedProxies(["127.0.0.1"]),
            readiness: FakeReadiness(trouble: obstacle),
            defaults: Samples.limits,
            metrics: MetricsRegistry(),
            stop: stop,
            digest: { "\($0.count):\($0.reduce(0) { $0 &* 31 &+ Int($1) })" },
            clock: { Timestamp(microseconds: 1_000_000) },
            logger: lines.logger
        )
        var router = Router { ServiceRoutes.refusal($0, $1) }
        ServiceRoutes(dependencies).add(to: &router)
        self.router = router
    }

    func call(
        _ method: HTTPRequest.Method,
        _ target: String,
        _ body: String? = nil,
        as role: String? = "admin",
        headers: [String: String] = [:]
    ) async -> Answer {
        var fields = HTTPFields()
        if let role { fields[.authorization] = "Bearer \(role)" }
        if body != nil, headers["Content-Type"] == nil { fields[.contentType] = "application/json" }
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let request = Request(
            id: "req-test",
            method: method,
            target: target,
            headers: fields,
            body: RequestBody(Array((body ?? "").utf8))
        )
        return Answer(await router.reply(to: request).response())
    }

    /// Puts the hosts h1 and h2, the aggregate web of both, and the images one and two.
    func furnish() async throws {
        for name in ["h1", "h2"] { _ = try await inventory.putHost(HostEntry(name: try HostName(name))) }
        _ = try await inventory.putAggregate(AggregateEntry(name: Samples.aggregateName("web")))
        for name in ["h1", "h2"] {
            _ = try await inventory.addMember(try HostName(name), to: AggregateKey("web"), isStrict: false)
        }
        for name in ["one", "two"] {
            let reference = ImageReference(
                id: try ImageID(name),
                name: nil,
                url: "http://x/\(name)",
                sizeBytes: 10,
                digest: nil,
                diskFormat: .raw,
                allowsUnverified: true
            )
            _ = try await inventory.putImage(reference)
        }
    }
}

/// An answer that tests look into.
struct Answer {
    let response: Response

    init(_ response: Response) { self.response = response }

    var status: Int { response.status.code }

    var bytes: [UInt8] {
        if case .bytes(let bytes) = response.body { bytes } else { [] }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { response.headers[$0] } }

    var json: JSONValue? { try? JSONParser.parse(bytes) }

    /// The value at a path of members, such as `job`, `state`.
    subscript(path: String...) -> JSONValue? {
        path.reduce(json) { value, name in
            guard case .object(let members)? = value else { return nil }
            return members.first { $0.name == name }?.value
        }
    }

    var code: String? { if case .string(let code)? = self["code"] { code } else { nil } }

    /// A member's text of each of a list's items.
    func texts(_ list: String, _ member: String) -> [String] {
        guard case .array(let items)? = self[list] else { return [] }
        return items.compactMap { item in
            guard case .object(let members) = item,
                case .string(let text)? = members.first(where: { $0.name == member })?.value
            else { return nil }
            return text
        }
    }

    /// The fields of a problem's `errors`.
    var fields: [String] {
        guard case .array(let errors)? = self["errors"] else { return [] }
        return errors.compactMap { error in
            guard case .object(let members) = error, case .string(let field)? = members.first?.value else {
                return nil
            }
            return field
        }
    }
}

/// One controller a second and a half after it said that it is alive, and one that is ahead of that.
struct FakeControllers: ControllerRecords {
    let number: Int64 = 3

    func all() async throws(StoreError) -> [ControllerRecord] {
        [(3, -500_000, Duration.seconds(10)), (4, 2_000_000, .zero)].map { number, seen, offset in
            ControllerRecord(
                number: number,
                name: "c\(number)",
                version: "1",
                process: "",
                beat: 1,
                startedAt: Timestamp(microseconds: 0),
                seenAt: Timestamp(microseconds: seen),
                clockOffset: offset,
                openJobs: 2
            )
        }
    }
}
