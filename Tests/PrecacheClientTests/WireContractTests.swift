import FoundationEssentials
import PrecacheAPI
import PrecacheModel
import Testing

@testable import PrecacheClient

/// What the service writes is what the client reads, and the other way round.
@Suite struct WireContractTests {
    private static let now = Timestamp(microseconds: 1_764_000_000_000_000)

    private static func read<Item: ServiceItem>(
        _ type: Item.Type,
        _ write: (inout JSONWriter) -> Void
    ) throws -> Item {
        var writer = JSONWriter()
        write(&writer)
        return try JSONDecoder().decode(Item.self, from: Data(writer.bytes))
    }

    private static func image() throws -> ImageReference {
        ImageReference(
            id: try ImageID("debian-12"),
            name: "Debian 12",
            url: "https://images.example/d.qcow2",
            sizeBytes: 300,
            digest: try Digest(.sha256, hex: String(repeating: "ab", count: 32)),
            diskFormat: .qcow2,
            allowsUnverified: false
        )
    }

    @Test func results() throws {
        let record = ResultRecord(
            host: try HostName("n1"),
            imageID: try ImageID("debian-12"),
            ImageOutcome(.error, reason: .checksumMismatch, detail: "bad", bytesDone: 7),
            attempts: 2
        )
        let view = try Self.read(ResultView.self) { $0.result(record) }
        #expect(view.host == "n1")
        #expect(view.imageID == "debian-12")
        #expect(view.reason == "checksum_mismatch")
        #expect(view.detail == "bad")
        #expect(view.attempts == 2)
        #expect(view.bytesDone == 7)
        #expect(view.isBad)
    }

    @Test func webhooks() throws {
        let record = WebhookRecord(
            id: 1,
            entry: WebhookEntry(
                name: try WebhookName("ci"),
                url: "https://x/?q",
                format: .nova,
                events: [.finished],
                aggregates: [try AggregateName("web")],
                isEnabled: true
            ),
            health: WebhookHealth(lastError: "bad", pausedAt: Self.now, pausedReason: "broken"),
            delivered: 1,
            dropped: 2,
            waiting: 3,
            createdAt: Self.now,
            updatedAt: Self.now
        )
        let secret = WebhookSecret(key: [UInt8](repeating: 7, count: 32))
        let view = try Self.read(WebhookView.self) {
            $0.webhook(record, showsWholeURL: true, secret: secret)
        }
        #expect(view.secret == secret.text)
        #expect(view.state == "paused" && view.pausedReason == "broken" && view.lastError == "bad")
        #expect(view.delivered == 1 && view.dropped == 2 && view.waiting == 3)
        // What the client sends back is the same webhook, its secret kept.
        let body = try JSONEncoder().encode(PrecacheClient.WebhookOrder(of: view))
        var problems = InputProblems()
        let order = PrecacheAPI.WebhookOrder(
            name: try WebhookName(view.name),
            body: try JSONParser.parse(Array(body)),
            &problems
        ) { _ in nil }
        #expect(order?.entry == record.entry)
        #expect(order?.secret == .keep)
        let test = WebhookTest(isDelivered: false, status: 503, detail: "d", duration: .milliseconds(12))
        let seen = try Self.read(WebhookTestView.self) { $0.webhookTest(test) }
        #expect(!seen.delivered && seen.status == 503 && seen.detail == "d" && seen.milliseconds == 12)
    }

    @Test func events() throws {
        let job = try JobID("1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b")
        let kind = EventRecord.Kind.outcome(
            host: try HostName("n1"),
            image: try ImageID("i"),
            ImageOutcome(.error, reason: .noSpace, detail: "full"),
            attempts: 1
        )
        let aggregate = try AggregateName("web")
        let event = EventRecord(id: 4, jobID: job, aggregate: aggregate, at: Self.now, kind: kind)
        guard case .outcome(let seen) = Self.view(of: event) else { return #expect(Bool(false)) }
        #expect(seen.host == "n1" && seen.imageID == "i" && seen.outcome == "error" && seen.bytesDone == 0)
        #expect(seen.reason == "no_space" && seen.detail == "full")
        for state in JobState.allCases {
            let view = Self.view(
                of: EventRecord(id: 5, jobID: job, aggregate: aggregate, at: Self.now, kind: .state(state))
            )
            #expect(view == (state.isFinal ? .finished : .other))
        }
    }

    private static func view(of record: EventRecord) -> EventView {
        var writer = JSONWriter()
        writer.event(record)
        let data = String(decoding: writer.bytes, as: UTF8.self)
        return EventView(ServerSentEvent(type: record.type.rawValue, data: data, id: nil))
    }

    @Test func hosts() throws {
        let entry = HostEntry(name: try HostName("n1"), address: "::1", port: 7702, labels: ["rack": "r1"])
        let record = HostRecord(id: 1, entry: entry, createdAt: Self.now, updatedAt: Self.now)
        let view = try Self.read(HostView.self) { $0.host(record, now: Self.now) }
        #expect(view.state == "unknown")
        var problems = InputProblems()
        let settings = HostSettings(of: view)
        #expect(HostEntry(name: entry.name, body: try Self.body(settings), &problems) == entry)
        #expect(problems.isEmpty)
    }

    @Test func aggregates() throws {
        let entry = AggregateEntry(
            name: try AggregateName("web"),
            availabilityZone: "az1",
            metadata: ["a": "b"]
        )
        let record = AggregateRecord(
            id: 3,
            uuid: "7d5f0c0e-64a5-4d0c-8c57-0b5dd86e0a4f",
            entry: entry,
            hosts: [try HostName("n1")],
            createdAt: Self.now,
            updatedAt: Self.now
        )
        let view = try Self.read(AggregateView.self) { $0.aggregate(record) }
        #expect(view.hosts == ["n1"])
        #expect(view.id == 3)
        var problems = InputProblems()
        let body = try Self.body(AggregateSettings(of: view))
        #expect(AggregateEntry(name: entry.name, body: body, &problems) == entry)
        #expect(problems.isEmpty)
    }

    @Test func images() throws {
        let reference = try Self.image()
        let record = CatalogueImage(reference: reference, createdAt: Self.now, updatedAt: Self.now)
        let view = try Self.read(ImageView.self) { $0.image(record, showsWholeURL: true) }
        var problems = InputProblems()
        let body = try Self.body(ImageSettings(of: view))
        #expect(ImageReference(id: reference.id, body: body, &problems) == reference)
        #expect(problems.isEmpty)
    }

    @Test func orders() throws {
        let order = PrecacheClient.CacheOrder(
            images: ["a", "b"],
            parallelism: "25%",
            hostTimeoutSeconds: 60,
            maxAttempts: 2,
            deadlineSeconds: 600
        )
        var problems = InputProblems()
        let read = try #require(PrecacheAPI.CacheOrder(try Self.body(order), &problems))
        #expect(read.images.map(\.text) == ["a", "b"])
        #expect(read.parallelism == .percent(25))
        #expect(read.hostTimeout == .seconds(60))
        #expect(read.maxAttempts == 2)
        #expect(read.deadline == .seconds(600))
    }

    @Test func policies() throws {
        var problems = InputProblems()
        let json = """
            {"aggregates":["web"],"images":[{"id":"i"},{"newest":{"tag":"golden"},"count":2}],"parallelism":7,\
            "windows":[{"cron":"0 1 * * *","hours":4,"timezone":"UTC"}],"priority":"high"}
            """
        let spec = try #require(PolicySpec(try JSONParser.parse(Array(json.utf8)), &problems))
        let record = PolicyRecord(
            name: try PolicyName("p"),
            spec: spec,
            createdAt: Self.now,
            updatedAt: Self.now
        )
        let status = PolicyStatus(
            state: .held,
            fraction: 0.5,
            images: [.init(id: try ImageID("g"), newest: .tag("golden"), since: Self.now, fraction: 0.25)],
            missingHosts: 3,
            heldUpBy: [
                PolicyHold(
                    .reason(.noSpace),
                    hosts: 2,
                    example: try HostName("n1"),
                    image: try ImageID("i"),
                    until: Self.now,
                    detail: "full"
                )
            ]
        )
        let view = try Self.read(PolicyView.self) { $0.policy(record, status) }
        #expect(view.name == "p" && view.spec.aggregates == ["web"] && view.spec.parallelism?.text == "7")
        #expect(view.spec.images.map(\.id) == ["i", nil] && view.spec.images.last?.newest?.tag == "golden")
        #expect(view.spec.images.last?.count == 2 && view.spec.windows?.first?.timezone == "UTC")
        #expect(
            view.status?.state == "held" && view.status?.fraction == 0.5 && view.status?.missingHosts == 3
        )
        #expect(view.status?.images?.first?.newest == "tag:golden")
        let hold = try #require(view.status?.heldUpBy?.first)
        #expect(hold.what == "no_space" && hold.hosts == 2 && hold.example == "n1" && hold.detail == "full")
        #expect(hold.imageID == "i")
        // A set's specs are what the service writes of them, defaults and all.
        var writer = JSONWriter()
        writer.policySpec(spec)
        let set = #"{"policies":[{"name":"p",\#(json.dropFirst())],"prune":true}"#
        let isSame = WholePolicies.specs(of: Array(set.utf8)) == ["p": writer.bytes]
        #expect(isSame)
        #expect(WholePolicies.specs(of: Array(#"{"policies":[{"name":"p"}]}"#.utf8)).isEmpty)
    }

    private static func body(_ value: some Encodable) throws -> JSONValue {
        try JSONParser.parse(Array(JSONEncoder().encode(value)))
    }
}
