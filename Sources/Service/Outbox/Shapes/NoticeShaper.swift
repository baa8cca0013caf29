import PrecacheModel

/// Says what a webhook is told of a job's events, which it takes in their order, each once.
struct NoticeShaper {
    private let entry: WebhookEntry
    private var tally: HostTally

    /// A shaper before the first event of a job, whose hosts have all of its images but where `expected` says how many.
    init(_ entry: WebhookEntry, job: JobRecord, expected: [HostName: Int] = [:]) {
        self.entry = entry
        tally = HostTally(images: job.images.map(\.id), expected: expected)
    }

    /// Whether it must have seen the events before those that it is to shape.
    var needsHistory: Bool { entry.format == .nova }

    /// What the webhook is told of an event; nil if nothing.
    mutating func take(_ event: EventRecord) -> Notice? {
        guard let shape = shape(event), entry.wants(event.type) else { return nil }
        return Notice(event: event, shape: shape)
    }

    private mutating func shape(_ event: EventRecord) -> Notice.Shape? {
        guard entry.format == .nova else { return .event }
        switch event.kind {
        case .state(.queued): return .novaStart
        case .state(.running), .retrying, .cancelRequested: return nil
        case .state: return .novaEnd
        case .outcome(let host, let image, let outcome, _, _, _):
            return tally.take(host: host, image: image, outcome: outcome).map(Notice.Shape.novaProgress)
        }
    }
}
