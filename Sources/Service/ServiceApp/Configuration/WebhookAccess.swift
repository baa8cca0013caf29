import HTTPFetching
import Outbox
import PrecacheModel
import Settings

/// How webhooks are reached, and the one that the settings describe.
struct WebhookAccess: Sendable {
    var outbox = OutboxConfiguration()
    var authorities: String?
    var allowsInternal: Bool
    /// Through whom webhooks are reached; nil is directly.
    var proxy: ProxyRule?
    /// The settings' webhook with its secret, if there is one.
    var described: (entry: WebhookEntry, secret: WebhookSecret)?

    init(_ values: SettingsValues, _ problems: inout [String]) {
        outbox.patience = values[WebhookSettings.patience]
        outbox.timeout = values[WebhookSettings.timeout]
        outbox.pageURL = values.base(ServiceSettings.publicURL, &problems).map { "\($0)/ui/" }
        authorities = values[WebhookSettings.authorities]
        allowsInternal = values[WebhookSettings.allowsInternal]
        proxy = Self.proxy(values, &problems)
        described = Self.described(values, allowsInternal, &problems)
    }

    private static func proxy(_ values: SettingsValues, _ problems: inout [String]) -> ProxyRule? {
        let exceptions = values[WebhookSettings.noProxy]
        guard let proxy = values[WebhookSettings.proxy] else {
            if !exceptions.isEmpty { problems.append("webhooks.no_proxy needs webhooks.proxy beside it") }
            return nil
        }
        if let fault = ProxyRule.fault(in: proxy) {
            let shown = proxy.contains("@") ? "" : " '\(proxy)'"
            problems.append("webhooks.proxy\(shown) can't be used: \(fault)")
        }
        return ProxyRule(http: proxy, https: proxy, except: exceptions.joined(separator: ","))
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

/// The settings of webhooks.
enum WebhookSettings {
    static let url = Setting.url(
        "webhooks.url",
        example: "https://events.example/precache",
        help:
            "An endpoint that is told what happens to jobs, as the webhook 'settings'; more are added with 'precache "
            + "webhook set'."
    )
    static let secret = Setting.secret(
        "webhooks.secret",
        help: "What deliveries to it are signed with: 'whsec_' and base64 of 24 to 64 bytes."
    )
    static let format = Setting<WebhookFormat>.choice(
        "webhooks.format",
        default: .cloudevents,
        help: "What it gets: CloudEvents, or Nova's notifications aggregate.cache_images.*."
    )
    static let authorities = Setting.path(
        "webhooks.tls.ca",
        example: "/etc/precache/tls/webhook-ca.pem",
        help: "PEM file of the authorities of all webhooks' certificates, instead of the system's."
    )
    static let allowsInternal = Setting.bool(
        "webhooks.allow_internal",
        default: false,
        help:
            "Whether webhooks may lead to loopback, link-local, metadata and multicast addresses. Private addresses "
            + "always may."
    )
    static let proxy = Setting.string(
        "webhooks.proxy",
        example: "http://proxy.example:3128",
        help:
            "The proxy through which webhooks are reached: http://, https:// or socks5h:// (also socks4://, socks4a://, "
            + "socks5://), host and port. It looks up the names, so that it has to keep webhooks from internal addresses "
            + "that hide behind a name; an address that is written out is refused here."
    )
    static let noProxy = Setting<[String]>.texts(
        "webhooks.no_proxy",
        example: "events.internal, 10.0.0.0/8",
        help: "Which webhooks are reached directly: domains with all that is in them, addresses, networks."
    )
    static let patience = Setting.seconds(
        "webhooks.retry_seconds",
        default: .seconds(86_400),
        range: .seconds(1) ... .seconds(604_800),
        help:
            "How long an event is tried before it is given up; an endpoint that takes nothing for so long is paused."
    )
    static let timeout = Setting.seconds(
        "webhooks.timeout_seconds",
        default: .seconds(10),
        range: .milliseconds(100) ... .seconds(120),
        help: "The longest that one delivery may take."
    )

    static let all: [any AnySetting] = [
        url, secret, format, authorities, allowsInternal, proxy, noProxy, patience, timeout,
    ]
}
