import Digesting
import PrecacheModel
import TextForms

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
        case .state(.running), .retrying, .exchange, .cancelRequested: return nil
        case .state: return .novaEnd
        case .outcome(let host, let image, let outcome, _):
            return tally.take(host: host, image: image, outcome: outcome.outcome).map(
                Notice.Shape.novaProgress
            )
        }
    }
}

/// Something that a webhook is to be told, before it has its bytes.
struct Notice: Hashable, Sendable {
    /// In what shape.
    enum Shape: Hashable, Sendable {
        /// Our event as it is.
        case event
        /// Nova's `aggregate.cache_images.start`.
        case novaStart
        /// Nova's `aggregate.cache_images.progress`.
        case novaProgress(HostCompletion)
        /// Nova's `aggregate.cache_images.end`.
        case novaEnd
    }

    /// The event that it tells of.
    let event: EventRecord
    /// In what shape.
    let shape: Shape

    /// The same for every delivery of the same event to the same webhook, and for no other.
    var id: String {
        let text = "\(event.jobID)-\(event.id)"
        // Nova's message ids are UUIDs.
        return shape == .event ? text : StableUUID.of(text)
    }
}

/// Finds out from a job's outcomes, in their order, when each host's last image has ended.
struct HostTally {
    private let images: [ImageID]
    private let expected: [HostName: Int]
    private var open: [HostName: [ImageID: Outcome]] = [:]
    private var completed = 0

    /// A tally of a job with these images, from its first event on.
    ///
    /// `expected` says how many of them a host has that doesn't have all, as in a job that retries another.
    init(images: [ImageID], expected: [HostName: Int] = [:]) {
        self.images = images
        self.expected = expected
    }

    /// Takes one outcome; the host's completion if it was the host's last.
    ///
    /// As in Nova (`nova/compute/utils.py`, `notify_about_aggregate_cache`) `cached` and `existing` count as cached and
    /// all else as failed, `unsupported` and `skipped` too.
    mutating func take(host: HostName, image: ImageID, outcome: Outcome) -> HostCompletion? {
        var outcomes = open.removeValue(forKey: host) ?? [:]
        outcomes[image] = outcome
        guard outcomes.count >= expected[host] ?? images.count else {
            open[host] = outcomes
            return nil
        }
        completed += 1
        let isCached = { (image: ImageID) in outcomes[image] == .cached || outcomes[image] == .existing }
        return HostCompletion(
            host: host,
            index: completed,
            cached: images.filter(isCached),
            failed: images.filter { outcomes[$0] != nil && !isCached($0) }
        )
    }
}

/// A host whose last image has ended.
struct HostCompletion: Hashable, Sendable {
    let host: HostName
    /// Which host of the job it is in the order of their ends, from 1.
    let index: Int
    /// Images that it has now, in the job's order.
    let cached: [ImageID]
    /// All others.
    let failed: [ImageID]
}

/// UUIDs that follow from a text (RFC 9562 section 5.8, version 8).
enum StableUUID {
    /// Made of the SHA-256 of the text.
    static func of(_ text: String) -> String {
        let bytes = sha256(Array(text.utf8))
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return UUIDText.text(version: 8, high: word(bytes[..<8]), low: word(bytes[8..<16]))
    }
}
