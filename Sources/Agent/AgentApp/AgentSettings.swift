package import Settings
import Telemetry

/// Every setting of `precache-agent`.
package enum AgentSettings {
    static let host = Setting<String?>.string(
        "host",
        example: "compute-1",
        help:
            "This host's name in the service's inventory, as Nova knows it; the machine's own name if left out."
    )
    static let address = Setting<String>.string(
        "listen.address",
        default: "127.0.0.1",
        help:
            "The numeric address to listen on. Beyond the loopback a token or client certificates are needed."
    )
    static let port = Setting<Int>.int(
        "listen.port",
        default: 7701,
        range: 0...65_535,
        help: "The port to listen on; 0 lets the system choose."
    )
    static let connections = Setting<Int>.int(
        "listen.connections",
        default: 1_024,
        range: 1...100_000,
        help: "Connections at once; a quarter of them from one address, or 64 if that is more."
    )
    static let certificate = Setting<String?>.path(
        "listen.tls.certificate",
        example: "/etc/precache/tls/compute-1.pem",
        help: "This host's certificate and the intermediate ones (PEM); with it the agent speaks TLS only."
    )
    static let key = Setting<String?>.path(
        "listen.tls.key",
        example: "/etc/precache/tls/compute-1.key",
        help: "The certificate's private key (PEM)."
    )
    static let clientCA = Setting<String?>.path(
        "listen.tls.client_ca",
        example: "/etc/precache/tls/ca.pem",
        help: "The authority of the service's certificate (PEM); with it callers may show a certificate."
    )
    static let clientName = Setting<String>.string(
        "listen.tls.client_name",
        default: "precached",
        help: "The name that the service's certificate carries, as common name or DNS name."
    )
    static let token = Setting<Secret?>.secret(
        "token",
        help:
            "What the service's orders are known by: what `precached token agent --host NAME` prints for this host; or the "
            + "service's agents.token itself, with which whoever reads it here can give orders to all hosts; the agent "
            + "warns of that."
    )
    static let metricsToken = Setting<Secret?>.secret(
        "metrics.token",
        help:
            "A token, any text, that lets read /metrics and nothing else: for Prometheus, which needs no power over the host."
    )
    static let plainToken = Setting<Bool>.bool(
        "listen.plain_token",
        default: false,
        help:
            "Whether a token beyond the loopback may come over plain HTTP, where anybody on the way can read what "
            + "gives this host orders."
    )
    static let serviceURL = Setting<String?>.url(
        "service.url",
        example: "https://precache.example:7700",
        help: "Where heartbeats go; none are sent if left out."
    )
    static let serviceToken = Setting<Secret?>.secret(
        "service.token",
        help: "A token of the role agent, made by `precached token create`."
    )
    static let serviceCA = Setting<String?>.path(
        "service.ca",
        example: "/etc/precache/tls/ca.pem",
        help: "The authority of the service's certificate (PEM); the system's if left out."
    )
    static let heartbeat = Setting<Duration>.seconds(
        "service.heartbeat_seconds",
        default: .seconds(30),
        range: .seconds(1) ... .seconds(3_600),
        help:
            "The time between heartbeats; after three that are missing the host counts as down. With a token for any host at "
            + "most 300 counts."
    )
    static let stop = Setting<Duration>.seconds(
        "stop_seconds",
        default: .seconds(10),
        range: .zero ... .seconds(600),
        help:
            "How long requests in hand may take to end after SIGTERM; downloads are kept for the next start."
    )
    static let logLevel = Setting<String>.choice(
        "log.level",
        of: ["trace", "debug", "info", "notice", "warning", "error", "critical"],
        default: "info",
        help: "The least important lines that are logged."
    )
    static let logFormat = Setting<LogFormat>.choice(
        "log.format",
        default: .logfmt,
        help: "How lines are written to standard error."
    )

    private static let listening: [any AnySetting] = [
        host, address, port, connections, certificate, key, clientCA, clientName, plainToken,
        token, metricsToken,
    ]
    private static let reporting: [any AnySetting] = [
        serviceURL, serviceToken, serviceCA, heartbeat, stop, logLevel, logFormat,
    ]

    /// All of them: `PRECACHE_AGENT_…` in the environment, flags, and the TOML file.
    package static let schema = SettingsSchema(
        program: "precache-agent",
        environmentPrefix: "PRECACHE_AGENT",
        settings: listening + cache + upkeep + nova + downloading + peers + reporting,
        foreignVariables: ["PRECACHE_AGENT_CONFIG"]
    )
}
