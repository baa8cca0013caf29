/// The shape in which a webhook gets what it is told.
package enum WebhookFormat: String, Sendable, CaseIterable {
    /// CloudEvents 1.0 as JSON in structured mode, one for each of our events.
    case cloudevents
    /// Nova's versioned notifications `aggregate.cache_images.start`, `.progress` and `.end`.
    case nova
}
