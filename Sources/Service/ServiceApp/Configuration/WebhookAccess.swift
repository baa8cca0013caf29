import HTTPFetching
import Outbox
import PrecacheModel
import Settings

/// How webhooks are reached, and the one that the settings describe.
struct WebhookAccess: Sendable {
    var outbox = OutboxConfiguration()
    var authorities: String?
    var allowsInternal: Bool
    /// The settings' webhook with its secret, if there is one.
    var described: (entry: WebhookEntry, secret: WebhookSecret)?

    init(_ values: SettingsValues, _ problems: inout [String]) {
        outbox.patience = values[WebhookSettings.patience]
        outbox.timeout = values[WebhookSettings.timeout]
        authorities = values[WebhookSettings.authorities]
        allowsInternal = values[WebhookSettings.allowsInternal]
        described = Self.described(values, allowsInternal, &problems)
    }

    private static func described(
        _ values: SettingsValues,
        _ allowsInternal: Bool,
        _ problems: inout [String]
    ) -> (entry: WebhookEntry, secret: WebhookSecret)? {
        guard let url = values[WebhookSettings.url] else {
            if values[WebhookSettings.secret] != nil {
                problems.append("webhooks.secret needs webhooks.url beside it")
            }
            return nil
        }
        if let fault = (allowsInternal ? AddressRule.any : .noInternal).fault(in: url) {
            problems.append(
                "webhooks.url can't be delivered to: \(fault); set webhooks.allow_internal to true if it's meant so"
            )
        }
        guard let secret = values[WebhookSettings.secret] else {
            problems.append(
                "webhooks.url needs webhooks.secret or webhooks.secret_file beside it, to sign deliveries with: "
                    + "\(WebhookSecret.prefix) and base64 of 24 to 64 bytes"
            )
            return nil
        }
        do throws(InvalidValue) {
            let entry = WebhookEntry(name: .settings, url: url, format: values[WebhookSettings.format])
            return (entry, try WebhookSecret(secret.text))
        } catch {
            problems.append("webhooks.secret: \(error)")
            return nil
        }
    }
}
