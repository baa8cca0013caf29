import PrecacheModel
import Settings

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
        url, secret, format, authorities, allowsInternal, patience, timeout,
    ]
}
