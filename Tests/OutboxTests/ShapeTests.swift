import PrecacheAPI
import PrecacheModel
import Testing
import TextForms

@testable import Outbox

@Suite struct ShapeTests {
    private static let at = Timestamp(microseconds: 1_800_000_000_123_456)
    private static let novaJob = "155d900f-4e14-4e4c-a73d-069cbf4541e6"

    private func events(_ job: JobRecord, _ kinds: [EventRecord.Kind]) -> [EventRecord] {
        kinds.enumerated().map { place, kind in
            EventRecord(
                id: Int64(place + 1),
                jobID: job.id,
                aggregate: job.aggregate,
                at: Self.at,
                kind: kind
            )
        }
    }

    private static func configuration(_ pageURL: String? = nil) -> OutboxConfiguration {
        var configuration = OutboxConfiguration()
        configuration.hostName = "fake-mini"
        configuration.pageURL = pageURL
        return configuration
    }

    private func body(_ notice: Notice, _ job: JobRecord, pageURL: String? = nil) async throws -> JSONValue {
        let store = FakeStore()
        store.append(job, at: Self.at, [])
        let writer = DeliveryWriter(store: store, Self.configuration(pageURL))
        let delivery = try #require(try await writer.delivery(notice, job: job))
        return try JSONParser.parse(delivery.body)
    }

    /// `index`, `total` and who is in which list; `existing` counts as cached, all else as failed.
    @Test func aHostIsDoneWithItsLastImage() throws {
        var tally = HostTally(images: [try ImageID("a"), try ImageID("b")])
        func take(_ host: String, _ image: String, _ outcome: Outcome) throws -> HostCompletion? {
            tally.take(host: try HostName(host), image: try ImageID(image), outcome: outcome)
        }
        #expect(try take("h1", "b", .existing) == nil)
        #expect(try take("h2", "a", .error) == nil)
        let second = try take("h2", "b", .unsupported)
        #expect(second?.index == 1)
        #expect(second?.host.text == "h2")
        #expect(second?.cached == [])
        #expect(second?.failed.map(\.text) == ["a", "b"])
        let first = try take("h1", "a", .skipped)
        #expect(first?.index == 2)
        #expect(first?.cached.map(\.text) == ["b"])
        #expect(first?.failed.map(\.text) == ["a"])
        #expect(try take("h3", "a", .cancelled) == nil)
        #expect(try take("h3", "b", .cached)?.index == 3)
    }

    /// A job that retries another has only the pairs that failed, so some hosts have fewer images than the job.
    @Test func aHostOfARetriedJobIsDoneWithWhatItLacked() throws {
        let images = [try ImageID("a"), try ImageID("b")]
        var tally = HostTally(images: images, expected: [try HostName("h1"): 1, try HostName("h2"): 2])
        let first = tally.take(host: try HostName("h1"), image: try ImageID("b"), outcome: .error)
        #expect(first?.index == 1)
        #expect(first?.cached == [])
        #expect(first?.failed.map(\.text) == ["b"])
        #expect(tally.take(host: try HostName("h2"), image: try ImageID("b"), outcome: .cached) == nil)
        #expect(tally.take(host: try HostName("h2"), image: try ImageID("a"), outcome: .cached)?.index == 2)
    }

    /// Nova's doc/notification_samples/aggregate-cache_images-start.json, -progress.json and -end.json.
    @Test func novaShapesAreThoseOfItsSamples() async throws {
        let job = try Samples.job(images: [Self.novaJob], hosts: 1, aggregate: "my-aggregate")
        var shaper = NoticeShaper(try Samples.target(format: .nova).entry, job: job)
        let outcome = try Samples.outcome("compute", Self.novaJob)
        let notices = events(job, [.state(.queued), .state(.running), outcome, .state(.succeeded)]).compactMap
        {
            shaper.take($0)
        }
        #expect(notices.count == 3)
        for (notice, sample) in zip(notices, [Self.phase("start"), Self.progress, Self.phase("end")]) {
            let body = try await body(notice, job)
            guard case .object(let members) = body else { throw StoreError(.corrupt, message: "no object") }
            let envelope = members.filter { !["message_id", "timestamp"].contains($0.name) }
            let expected = try JSONParser.parse(Array(sample.utf8))
            #expect(Self.sorted(.object(envelope)) == Self.sorted(expected))
            #expect(
                members.contains {
                    $0.name == "timestamp" && $0.value == .string("2027-01-15 08:00:00.123456")
                }
            )
            #expect(members.contains { $0.name == "message_id" && $0.value == .string(notice.id) })
            #expect(UUIDText.isValid(notice.id))
        }
        #expect(Set(notices.map(\.id)).count == 3)
    }

    @Test func cloudEventsCarryOurEvents() async throws {
        let job = try Samples.job()
        var shaper = NoticeShaper(try Samples.target().entry, job: job)
        let notices = events(
            job,
            [.state(.queued), try Samples.outcome("h1", "one", .skipped), .state(.partial)]
        )
        .compactMap { shaper.take($0) }
        let outcome = try await body(notices[1], job)
        let id = job.id.text
        let expected = """
            {"specversion":"1.0","id":"\(id)-2","source":"//fake-mini/precached","type":"dev.precache.job.outcome",
            "subject":"\(id)","time":"2027-01-15T08:00:00.123456Z","datacontenttype":"application/json",
            "data":{"job_id":"\(id)","aggregate":"web","page_url":null,"event":{"id":2,"type":"outcome",
            "at":"2027-01-15T08:00:00.123456Z","host":"h1","image_id":"one","outcome":"skipped","reason":null,
            "detail":null,"attempt":1,"bytes_done":7,"bytes_total":9,"source":null,"verified":null}}}
            """
        #expect(outcome == (try JSONParser.parse(Array(expected.utf8))))
        guard case .object(let end) = try await body(notices[2], job),
            case .object(let data)? = end.first(where: { $0.name == "data" })?.value
        else { throw StoreError(.corrupt, message: "no object") }
        #expect(data.map(\.name) == ["job_id", "aggregate", "page_url", "event", "job"])
    }

    @Test func cloudEventsLinkToThePageWhereItsAddressIsKnown() async throws {
        let job = try Samples.job()
        var shaper = NoticeShaper(try Samples.target().entry, job: job)
        let shaped = shaper.take(events(job, [.state(.queued)])[0])
        let notice = try #require(shaped)
        let told = try await body(notice, job, pageURL: "https://precache.example/ui/")
        let link = JSONValue.string("https://precache.example/ui/#/jobs/\(job.id.text)")
        #expect(Self.member("page_url", of: Self.member("data", of: told)) == link)
        let writer = DeliveryWriter(store: FakeStore(), Self.configuration("https://precache.example/ui/"))
        let test = try JSONParser.parse(writer.test(try Samples.target(), at: Self.at).body)
        let service = JSONValue.string("https://precache.example/ui/#/service")
        #expect(Self.member("page_url", of: Self.member("data", of: test)) == service)
    }

    private static func member(_ name: String, of value: JSONValue?) -> JSONValue? {
        guard case .object(let members)? = value else { return nil }
        return members.first { $0.name == name }?.value
    }

    @Test func everyEventHasItsType() throws {
        let job = try Samples.job()
        let kinds: [EventRecord.Kind] = [
            .state(.queued), .state(.running),
        ]
        let exchanges = try [MeshNote.Kind.seed, .starved, .peerFault, .alone, .barred].map {
            EventRecord.Kind.exchange($0, host: try HostName("h"), image: try ImageID("one"), words: "")
        }
        let others: [EventRecord.Kind] = [
            try Samples.outcome("h", "one"),
            .retrying(host: try HostName("h"), attempt: 1, reason: nil, detail: nil, notBefore: nil),
            .cancelRequested(by: nil), .state(.cancelled),
        ]
        #expect(events(job, kinds + exchanges + others).map(\.type) == EventType.allCases)
    }

    private static func phase(_ phase: String) -> String {
        """
        {"priority":"INFO","payload":{"nova_object.version":"1.1","nova_object.namespace":"nova",
        "nova_object.name":"AggregatePayload","nova_object.data":{"name":"my-aggregate",
        "metadata":{"availability_zone":"nova"},"uuid":"788608ec-ebdc-45c5-bc7f-e5f24ab92c80","hosts":["compute"],
        "id":1}},"event_type":"aggregate.cache_images.\(phase)","publisher_id":"nova-api:fake-mini"}
        """
    }

    private static let progress = """
        {"priority":"INFO","payload":{"nova_object.version":"1.0","nova_object.namespace":"nova",
        "nova_object.name":"AggregateCachePayload","nova_object.data":{"name":"my-aggregate",
        "uuid":"788608ec-ebdc-45c5-bc7f-e5f24ab92c80","host":"compute","total":1,"index":1,
        "images_cached":["155d900f-4e14-4e4c-a73d-069cbf4541e6"],"images_failed":[],"id":1}},
        "event_type":"aggregate.cache_images.progress","publisher_id":"nova-conductor:fake-mini"}
        """

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(
                members.map { JSONValue.Member(name: $0.name, value: sorted($0.value)) }.sorted {
                    $0.name < $1.name
                }
            )
        case .array(let items): .array(items.map(sorted))
        default: value
        }
    }
}
