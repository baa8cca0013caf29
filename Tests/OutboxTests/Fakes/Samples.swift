import PrecacheModel

/// Values that tests share.
enum Samples {
    static let secret = WebhookSecret(key: [UInt8](repeating: 7, count: 32))

    static func job(images: [String] = ["one"], hosts: Int = 2, aggregate: String = "web") throws -> JobRecord
    {
        JobRecord(
            id: .make(),
            aggregate: try AggregateName(aggregate),
            aggregateID: 1,
            images: try images.map { JobImage(id: try ImageID($0), name: nil, sizeBytes: nil) },
            limits: JobLimits(
                parallelism: .hosts(1),
                hostTimeout: .seconds(1),
                maxAttempts: 1,
                deadline: .seconds(1)
            ),
            state: .running,
            hostsTotal: hosts,
            hostsDone: 0,
            results: OutcomeCounts(),
            bytesDone: 0,
            bytesTotal: 0,
            createdAt: Timestamp(microseconds: 0)
        )
    }

    static func target(
        _ name: String = "ci",
        id: Int64 = 1,
        format: WebhookFormat = .cloudevents,
        events: [EventType] = [],
        aggregates: [String] = []
    ) throws -> WebhookTarget {
        let entry = WebhookEntry(
            name: try WebhookName(name),
            url: "http://x/",
            format: format,
            events: events,
            aggregates: try aggregates.map { try AggregateName($0) }
        )
        return WebhookTarget(id: id, entry: entry, secret: secret)
    }

    static func outcome(
        _ host: String,
        _ image: String,
        _ outcome: Outcome = .cached
    ) throws -> EventRecord.Kind {
        .outcome(
            host: try HostName(host),
            image: try ImageID(image),
            ImageOutcome(outcome, bytesDone: 7, bytesTotal: 9),
            attempts: 1
        )
    }
}
