import PrecacheModel

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
