import Digesting
import FoundationEssentials
package import HTTPFetching
import HTTPTypes
package import PrecacheModel

/// Posts deliveries with a fetcher of their own.
package struct HTTPDeliverySender: DeliverySender {
    private let fetcher: HTTPFetcher
    private let addresses: AddressRule
    private let proxy: ProxyRule?
    private let timeout: Duration
    private let now: @Sendable () -> Timestamp

    /// The most of an answer's body that is read, so that its connection can be used again.
    private static let answerBytes = 4_096

    /// A sender.
    ///
    /// - Parameters:
    ///   - fetcher: Must hold every connection to `addresses`.
    ///   - addresses: What the fetcher was told.
    ///   - proxy: Through whom deliveries go; nil is directly.
    ///   - timeout: The longest that one try may take.
    ///   - now: The wall clock.
    package init(
        fetcher: HTTPFetcher,
        addresses: AddressRule,
        proxy: ProxyRule? = nil,
        timeout: Duration,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.fetcher = fetcher
        self.addresses = addresses
        self.proxy = proxy
        self.timeout = timeout
        self.now = now
    }

    package func fault(in url: String) -> String? { addresses.fault(in: url) }

    /// See ``DeliverySender``; a redirect is not followed, and so no success.
    package func send(_ delivery: Delivery, to target: WebhookTarget) async -> DeliveryResult {
        let moment = now()
        do {
            let response = try await fetcher.fetch(try request(delivery, to: target, at: moment))
            let status = response.status.code
            // Also where the answer's body never ends: what counts is the status.
            _ = try? await response.body.collect(upTo: Self.answerBytes)
            return DeliveryResult(
                status: status,
                detail: (200..<300).contains(status) ? nil : "the endpoint answered \(status)",
                retryAfter: RetryAfter.parse(response.headers[.retryAfter], now: moment)
            )
        } catch let error as FetchError {
            return DeliveryResult(status: nil, detail: error.message)
        } catch {
            return DeliveryResult(status: nil, detail: "\(error)")
        }
    }

    private func request(
        _ delivery: Delivery,
        to target: WebhookTarget,
        at moment: Timestamp
    ) throws(DigestError) -> FetchRequest {
        let timestamp = moment.microseconds / 1_000_000
        let signature = try DeliverySignature.header(delivery, timestamp: timestamp, secret: target.secret)
        var headers: HTTPFields = [.contentType: delivery.contentType, .userAgent: "precached-webhook"]
        for (name, value) in [
            ("webhook-id", delivery.id), ("webhook-timestamp", String(timestamp)),
            ("webhook-signature", signature),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return FetchRequest(
            method: .post,
            url: target.entry.url,
            headers: headers,
            body: delivery.body,
            timeouts: FetchTimeouts(connect: timeout, idle: nil, total: timeout),
            redirects: 0,
            proxy: proxy
        )
    }
}

/// Signs deliveries as Standard Webhooks has it (standard-webhooks/spec, section "Signature scheme").
enum DeliverySignature {
    /// `webhook-signature`: `v1,` and the base64 of the HMAC-SHA-256 of `ID.TIMESTAMP.BODY`.
    ///
    /// - Parameters:
    ///   - delivery: What is sent.
    ///   - timestamp: `webhook-timestamp`: seconds since 1970.
    ///   - secret: The endpoint's secret.
    /// - Returns: The field's value.
    /// - Throws: `DigestError` if OpenSSL fails.
    static func header(
        _ delivery: Delivery,
        timestamp: Int64,
        secret: WebhookSecret
    ) throws(DigestError) -> String {
        let message = Array("\(delivery.id).\(timestamp).".utf8) + delivery.body
        return "v1," + Data(try hmacSHA256(key: secret.key, message: message)).base64EncodedString()
    }
}
