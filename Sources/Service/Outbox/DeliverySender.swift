package import PrecacheModel

/// Carries deliveries to endpoints.
package protocol DeliverySender: Sendable {
    /// Tries once.
    func send(_ delivery: Delivery, to target: WebhookTarget) async -> DeliveryResult

    /// Why nothing could ever be sent to a URL; nil if it may be tried.
    func fault(in url: String) -> String?
}

/// One message to an endpoint, not yet signed.
package struct Delivery: Hashable, Sendable {
    /// `webhook-id`: the same each time that it is tried.
    package let id: String
    /// The body's type.
    package let contentType: String
    package let body: [UInt8]

    package init(id: String, contentType: String, body: [UInt8]) {
        self.id = id
        self.contentType = contentType
        self.body = body
    }
}

/// What became of one try to deliver.
package struct DeliveryResult: Hashable, Sendable {
    /// The status that the endpoint answered; nil if it didn't answer.
    package let status: Int?
    /// What went wrong, without secrets; nil if nothing did.
    package let detail: String?
    /// How long the endpoint asks to be left alone.
    package let retryAfter: Duration?

    package init(status: Int?, detail: String? = nil, retryAfter: Duration? = nil) {
        self.status = status
        self.detail = detail
        self.retryAfter = retryAfter
    }

    /// Whether the endpoint took it: 2xx and nothing else.
    package var isDelivered: Bool { status.map { (200..<300).contains($0) } ?? false }

    /// Whether the endpoint says that it will never take anything again (RFC 9110 section 15.5.11).
    package var isGone: Bool { status == 410 }
}
