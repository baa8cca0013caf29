import Settings
import Telemetry

/// Every setting of `precached`.
///
/// Documentation of each is in its help; `precached settings` prints all of it.
enum ServiceSettings {
    static let address = Setting.string(
        "listen.address",
        default: "127.0.0.1",
        help: "IP address to listen on. Beyond loopback only with authentication."
    )
    static let port = Setting.int(
        "listen.port",
        default: 7700,
        range: 0...65_535,
        help: "TCP port to listen on; 0 lets the system choose, and the log says which."
    )
    static let threads = Setting.int(
        "listen.threads",
        default: 2,
        range: 1...64,
        help: "Threads that serve requests."
    )
    static let certificate = Setting.path(
        "listen.tls.certificate",
        example: "/etc/precache/tls/service.pem",
        help:
            "PEM file with the certificate that callers see, its chain after it. With it the service speaks TLS alone."
    )
    static let key = Setting.path(
        "listen.tls.key",
        example: "/etc/precache/tls/service.key",
        help: "PEM file with the certificate's key."
    )
    static let clientCA = Setting.path(
        "listen.tls.client_ca",
        example: "/etc/precache/tls/ca.pem",
        help: "PEM file of authorities. With it every caller needs a certificate of theirs, besides a token."
    )
    static let trustedProxies = Setting.string(
        "listen.trusted_proxies",
        example: "127.0.0.1, 192.0.2.10",
        help:
            "Numeric addresses of the proxies, separated by commas, that are believed when X-Forwarded-For says whom they "
            + "speak for: else all who come through one count as one caller, and one's wrong tokens slow down the others."
    )
    static let publicURL = Setting.url(
        "listen.public_url",
        example: "https://precache.example.org",
        help:
            "Where people reach this service, with the path if a proxy has it below one: what webhooks link to. Without it "
            + "they link to nothing."
    )
    static let connections = Setting.int(
        "listen.limits.connections",
        default: 16_384,
        range: 1...1_000_000,
        help: "Open connections at most."
    )
    static let connectionsPerPeer = Setting.int(
        "listen.limits.connections_per_peer",
        default: 12_288,
        range: 1...1_000_000,
        help: "Open connections from one address at most."
    )
    static let headTimeout = Setting.seconds(
        "listen.limits.head_timeout_seconds",
        default: .seconds(10),
        range: .milliseconds(100) ... .seconds(3600),
        help: "The longest that a request's head may take to arrive."
    )
    static let bodyTimeout = Setting.seconds(
        "listen.limits.body_timeout_seconds",
        default: .seconds(30),
        range: .milliseconds(100) ... .seconds(3600),
        help: "The longest silence within a request's body."
    )
    static let idleTimeout = Setting.seconds(
        "listen.limits.idle_timeout_seconds",
        default: .seconds(75),
        range: .milliseconds(100) ... .seconds(86_400),
        help: "How long a connection may stay open between requests."
    )
    static let writeTimeout = Setting.seconds(
        "listen.limits.write_timeout_seconds",
        default: .seconds(30),
        range: .milliseconds(100) ... .seconds(3600),
        help: "The longest that a caller may take to read on."
    )
    static let authentication = Setting<AuthenticationMode>.choice(
        "auth.mode",
        default: .tokens,
        help:
            "tokens: callers need a token made by 'precached token create'. keystone: one that Keystone gave them; "
            + "agents then have no way to send heartbeats. tokens,keystone: either. none: anybody may do everything, on "
            + "loopback alone."
    )
    static let stopLimit = Setting.seconds(
        "stop.limit_seconds",
        default: .seconds(20),
        range: .seconds(1) ... .seconds(600),
        help:
            "The longest that a stop may take to let requests in hand finish and to write down what agents said."
    )
    static let logFormat = Setting<LogFormat>.choice(
        "log.format",
        default: .logfmt,
        help: "How log lines on standard error look."
    )
    static let logLevel = Setting.choice(
        "log.level",
        of: ["trace", "debug", "info", "notice", "warning", "error", "critical"],
        default: "info",
        help: "What is logged: this and worse."
    )

    /// The schema, in the order of the sample file.
    static let schema = SettingsSchema(
        program: "precached",
        environmentPrefix: "PRECACHED",
        settings: [
            address, port, threads, certificate, key, clientCA, trustedProxies, publicURL,
            connections,
            connectionsPerPeer,
            headTimeout, bodyTimeout, idleTimeout, writeTimeout, authentication, stopLimit, logFormat,
            logLevel,
        ] + DatabaseSettings.all + ControllerSettings.all + FanOutSettings.all + RelaySettings.all
            + PolicySettings.all
            + CloudSettings.all
            + NovaSettings.all
            + WebhookSettings.all,
        foreignVariables: ["PRECACHED_CONFIG"]
    )
}

/// How callers are known: the values of `auth.mode`.
enum AuthenticationMode: String, Sendable, CaseIterable {
    /// By bearer tokens that the database keeps hashes of.
    case tokens
    /// By tokens that Keystone gave them.
    case keystone
    /// By either.
    case tokensAndKeystone = "tokens,keystone"
    /// Not at all; on loopback alone.
    case none

    /// Whether our own tokens count.
    var takesTokens: Bool { self == .tokens || self == .tokensAndKeystone }

    /// Whether Keystone's tokens count.
    var asksKeystone: Bool { self == .keystone || self == .tokensAndKeystone }
}
