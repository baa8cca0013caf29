package import PrecacheModel

/// Carries deliveries to endpoints.
package protocol DeliverySender: Sendable {
    /// Tries once.
    func send(_ delivery: Delivery, to target: WebhookTarget) async -> DeliveryResult

    /// Why nothing could ever be sent to a URL; nil if it may be tried.
    func fault(in url: String) -> String?
}
