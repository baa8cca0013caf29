import HTTPFetching
import PrecacheAPI
import Settings
import Store

/// The settings of what happens between the service and its agents.
enum FanOutSettings {
    static let agentToken = Setting.secret(
        "agents.token",
        help:
            "The secret of which each host's token is made that its agent asks for (`precached token agent`), 32 characters "
            + "or more: `openssl rand -hex 32` makes one. Agents may have the secret itself (their setting 'token')."
    )
    static let agentCA = Setting.path(
        "agents.tls.ca",
        example: "/etc/precache/tls/ca.pem",
        help:
            "PEM file of the authorities of agents' certificates. With it agents are called over TLS, and each must "
            + "show a certificate for its host's name."
    )
    static let agentCertificate = Setting.path(
        "agents.tls.certificate",
        example: "/etc/precache/tls/service-client.pem",
        help: "PEM file with the certificate that the service shows to agents."
    )
    static let agentKey = Setting.path(
        "agents.tls.key",
        example: "/etc/precache/tls/service-client.key",
        help: "PEM file with that certificate's key."
    )
    static let keepConnections = Setting.int(
        "agents.keep_connections",
        default: 2000,
        range: 0...100_000,
        help:
            "Connections with agents that stay open for the next task, at some 50 KiB each under TLS; beyond it the one that "
            + "was idle longest is closed. 0: each task makes its own."
    )
    static let keepIdle = Setting.seconds(
        "agents.keep_idle_seconds",
        default: .seconds(60),
        range: .seconds(1) ... .seconds(3600),
        help: "How long such a connection may be idle. Agents close it after 75 s themselves."
    )
    static let parallelism = Setting.countOrPercent(
        "fanout.parallelism",
        default: "32",
        help:
            "Hosts of one job at once, a number or a share of its hosts, unless the job says its own. Where they "
            + "exchange an image and the job asks for this number, all of its hosts: the source is spared then."
    )
    static let maxInFlight = Setting.int(
        "fanout.max_in_flight",
        default: 4096,
        range: 1...100_000,
        help: "Hosts at once over all jobs."
    )
    static let hostTimeout = Setting.seconds(
        "fanout.host_timeout_seconds",
        default: .seconds(1800),
        range: .seconds(1) ... .seconds(604_800),
        help: "The longest that one attempt on a host may take, unless the job says its own."
    )
    static let maxAttempts = Setting.int(
        "fanout.max_attempts",
        default: 3,
        range: 1...100,
        help: "Attempts on a host, unless the job says its own."
    )
    static let deadline = Setting.seconds(
        "fanout.deadline_seconds",
        default: .seconds(21_600),
        range: .seconds(1) ... .seconds(2_592_000),
        help: "The longest that a job may take, unless it says its own."
    )
    static let maxDownloads = Setting.int(
        "source.max_downloads",
        default: 64,
        range: 1...100_000,
        help:
            "Hosts at once that download from one image source (scheme, host and port), over all jobs: what "
            + "protects the image service."
    )
    static let copies = Setting.int(
        "source.copies",
        default: 3,
        range: 1...64,
        help:
            "How many hosts are told to read an exchanged image at its source, one copy each at most, while one of them "
            + "still does."
    )
    static let maxOpenJobs = Setting.int(
        "jobs.max_open",
        default: AdmissionLimits().openJobs,
        range: 1...100_000,
        help: "How many jobs may be open at a time; those beyond are refused with 429."
    )
    static let maxOpenJobsPerCaller = Setting.int(
        "jobs.max_open_per_caller",
        default: AdmissionLimits().openJobsPerCaller,
        range: 1...100_000,
        help: "How many of them may be one caller's, so that nobody keeps all others out."
    )
    static let maxResults = Setting.int(
        "jobs.max_results",
        default: AdmissionLimits().results,
        range: 1...100_000_000,
        help:
            "How many results, one for each image on each host, a job may have; a larger one is refused with 400. Accepting "
            + "2,560,000 keeps other writes waiting for some 3 s."
    )
    static let retentionAge = Setting.seconds(
        "retention.age_seconds",
        default: .seconds(2_592_000),
        range: .seconds(60) ... .seconds(315_360_000),
        help: "How long a job is kept after its end."
    )
    static let retentionJobs = Setting.int(
        "retention.jobs",
        default: 1000,
        range: 1...1_000_000,
        help: "How many ended jobs are kept at most."
    )

    static let all: [any AnySetting] = [
        agentToken, agentCA, agentCertificate, agentKey, keepConnections, keepIdle, parallelism, maxInFlight,
        hostTimeout, maxAttempts, deadline, maxDownloads, copies, maxOpenJobs, maxOpenJobsPerCaller,
        maxResults, retentionAge, retentionJobs,
    ]
}

/// When hosts exchange an image rather than fetch it each.
struct RelaySettings: Sendable {
    static let enabled = Setting.bool(
        "relay.enabled",
        default: true,
        help:
            "Whether hosts get images from each other while they download them, so that the source sends two copies "
            + "rather than one for each host. It needs agents.tls.ca, agents.tls.certificate and agents.tls.key, and agents with "
            + "certificates that can take part (their `peers.enabled`)."
    )
    static let minimumBytes = Setting.bytes(
        "relay.minimum_bytes",
        default: 64 << 20,
        range: 1...1 << 50,
        help: "Images below this size are fetched by each host."
    )
    static let minimumHosts = Setting.int(
        "relay.minimum_hosts",
        default: 4,
        range: 2...1_000_000,
        help: "In jobs with fewer hosts each fetches its own."
    )
    static let seeds = Setting.int(
        "relay.seeds",
        default: 2,
        range: 1...16,
        help: "How many hosts read an exchanged image at its source at first: they share it between them."
    )

    static let all: [any AnySetting] = [enabled, minimumBytes, minimumHosts, seeds]

    var isEnabled: Bool
    var minimumBytes: Int64
    var minimumHosts: Int
    var seeds: Int
    var copies: Int

    init(_ values: SettingsValues) {
        isEnabled = values[Self.enabled]
        minimumBytes = Int64(values[Self.minimumBytes])
        minimumHosts = values[Self.minimumHosts]
        seeds = values[Self.seeds]
        copies = values[FanOutSettings.copies]
    }
}

/// How the service shows agents who it is.
struct AgentAccess: Sendable {
    /// The files for TLS with agents.
    struct Certificates: Sendable {
        var authorities: String
        var certificate: String?
        var key: String?

        /// The same for a fetcher.
        var tls: ClientTLS { ClientTLS(caFile: authorities, certificateFile: certificate, keyFile: key) }
    }

    var token: Secret?
    var certificates: Certificates?
    /// Connections that stay open, in all.
    var keepConnections: Int
    /// How long one may be idle.
    var keepIdle: Duration

    init(_ values: SettingsValues, _ problems: inout [String], _ warnings: inout [String]) {
        keepConnections = values[FanOutSettings.keepConnections]
        keepIdle = values[FanOutSettings.keepIdle]
        token = values[FanOutSettings.agentToken]
        if let flaw = token.flatMap({ SecretFlaw(in: $0.text) }) {
            let told = "agents.token \(flaw.advice)"
            if flaw.isFatal { problems.append(told) } else { warnings.append(told) }
        }
        let (certificate, key) = (values[FanOutSettings.agentCertificate], values[FanOutSettings.agentKey])
        if (certificate == nil) != (key == nil) {
            problems.append("agents.tls.certificate and agents.tls.key need each other")
        }
        if let authorities = values[FanOutSettings.agentCA] {
            certificates = Certificates(authorities: authorities, certificate: certificate, key: key)
        } else if certificate != nil {
            problems.append(
                "agents.tls.certificate needs agents.tls.ca beside it: without it no agent is believed"
            )
        }
    }
}
