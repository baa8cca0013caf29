import Digesting
import FoundationEssentials
import PrecacheModel

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
