import FanOut
import HTTPDoor
import HTTPServing
import PrecacheModel
import Settings
import Store

/// The settings of `precached`, checked against each other.
struct ServiceConfiguration: Sendable {
    var server: ServerConfiguration
    var threads: Int
    var proxies: TrustedProxies
    var database: ServiceDatabase
    var controllers: ControllerSettings
    var policies: PolicySettings
    var authentication: AuthenticationMode
    var stopLimit: Duration
    var agents: AgentAccess
    /// The OpenStack cloud that the service belongs to, if any.
    var cloud: CloudConfiguration?
    var defaults: JobLimits
    var dispatcher: DispatcherConfiguration
    var relay: RelaySettings
    var retention: RetentionPolicy
    var admission: AdmissionLimits
    var nova: NovaConfiguration
    var webhooks: WebhookAccess
    /// What works but should be mended, besides the warnings of single settings; logged at the start.
    var warnings: [String]

    /// Reads the settings.
    ///
    /// Throws ``ConfigurationError`` naming each key that doesn't fit the others.
    init(_ values: SettingsValues) throws(ConfigurationError) {
        var problems: [String] = []
        warnings = []
        let tls = Self.tls(values, &problems)
        server = ServerConfiguration(
            address: values[ServiceSettings.address],
            port: values[ServiceSettings.port],
            tls: tls,
            limits: Self.limits(values)
        )
        threads = values[ServiceSettings.threads]
        proxies = Self.proxies(values, &problems)
        database = ServiceDatabase(values, &problems)
        controllers = ControllerSettings(values, &problems)
        policies = PolicySettings(values)
        authentication = values[ServiceSettings.authentication]
        stopLimit = values[ServiceSettings.stopLimit]
        agents = AgentAccess(values, &problems, &warnings)
        cloud = CloudConfiguration(values, authentication, &problems)
        defaults = JobLimits(
            parallelism: (try? Parallelism(values[FanOutSettings.parallelism])) ?? .hosts(32),
            hostTimeout: values[FanOutSettings.hostTimeout],
            maxAttempts: values[FanOutSettings.maxAttempts],
            deadline: values[FanOutSettings.deadline]
        )
        dispatcher = DispatcherConfiguration()
        dispatcher.maxInFlight = values[FanOutSettings.maxInFlight]
        dispatcher.maxDownloadsPerSource = values[FanOutSettings.maxDownloads]
        relay = RelaySettings(values)
        // Requests in hand have had half of it by then, and the rest of the stop needs some too.
        dispatcher.stopLimit = values[ServiceSettings.stopLimit] / 3
        admission = AdmissionLimits(
            openJobs: values[FanOutSettings.maxOpenJobs],
            openJobsPerCaller: values[FanOutSettings.maxOpenJobsPerCaller],
            results: values[FanOutSettings.maxResults]
        )
        retention = RetentionPolicy(
            maximumAge: values[FanOutSettings.retentionAge],
            maximumCount: values[FanOutSettings.retentionJobs],
            deliveryTime: values[WebhookSettings.patience] + .seconds(3_600)
        )
        nova = NovaConfiguration(values, &problems)
        webhooks = WebhookAccess(values, &problems)
        checkExposure(&problems)
        if cloud != nil, agents.certificates == nil {
            warnings.append(
                "the service's Keystone token goes to agents in clear text: set agents.tls.ca, and listen.tls on the agents"
            )
        }
        if agents.token != nil, agents.certificates == nil {
            warnings.append(
                "what agents.token comes to for a host goes there in clear text, and whoever reads it can give that agent "
                    + "orders: set agents.tls.ca, with agents.tls.certificate and agents.tls.key instead of a token at "
                    + "best, unless all of them are on loopback"
            )
        }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }

    private static func proxies(_ values: SettingsValues, _ problems: inout [String]) -> TrustedProxies {
        let addresses = (values[ServiceSettings.trustedProxies] ?? "").split(separator: ",").map {
            String($0.filter { $0 != " " })
        }
        for address in addresses where !TrustedProxies.isAddress(address) {
            problems.append("listen.trusted_proxies: '\(address)' is no numeric address")
        }
        return TrustedProxies(addresses)
    }

    /// Whether an address can be reached from this machine alone.
    static func isLoopback(_ address: String) -> Bool {
        address == "localhost" || address == "::1" || address.hasPrefix("127.")
    }

    /// Nothing listens beyond loopback without authentication.
    private mutating func checkExposure(_ problems: inout [String]) {
        guard !Self.isLoopback(server.address) else { return }
        if authentication == .none {
            problems.append(
                "listen.address is \(server.address), beyond loopback, where auth.mode = \"none\" lets anybody do "
                    + "everything: set auth.mode to \"tokens\", or listen.address to 127.0.0.1"
            )
        }
        if server.tls == nil {
            warnings.append(
                "tokens cross the network in clear text: set listen.tls.certificate and listen.tls.key, or listen "
                    + "on loopback behind a proxy that speaks TLS"
            )
        }
    }

    private static func tls(_ values: SettingsValues, _ problems: inout [String]) -> TLSConfiguration? {
        let authorities = values[ServiceSettings.clientCA]
        switch (values[ServiceSettings.certificate], values[ServiceSettings.key]) {
        case (.some(let certificate), .some(let key)):
            return TLSConfiguration(
                certificatePath: certificate,
                keyPath: key,
                clientCAPath: authorities,
                clientCertificates: authorities == nil ? .none : .required
            )
        case (nil, nil):
            if authorities != nil {
                problems.append(
                    "listen.tls.client_ca needs listen.tls.certificate and listen.tls.key beside it"
                )
            }
        case (.some, nil):
            problems.append("listen.tls.certificate needs listen.tls.key beside it")
        case (nil, .some):
            problems.append("listen.tls.key needs listen.tls.certificate beside it")
        }
        return nil
    }

    private static func limits(_ values: SettingsValues) -> ServerLimits {
        var limits = ServerLimits()
        limits.connections = values[ServiceSettings.connections]
        limits.connectionsPerPeer = values[ServiceSettings.connectionsPerPeer]
        limits.headTimeout = values[ServiceSettings.headTimeout]
        limits.bodyTimeout = values[ServiceSettings.bodyTimeout]
        limits.idleTimeout = values[ServiceSettings.idleTimeout]
        limits.writeTimeout = values[ServiceSettings.writeTimeout]
        return limits
    }
}

/// Settings that are right one by one but not together.
struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, each naming its keys.
    let problems: [String]

    /// One line, or one for each problem.
    var description: String {
        problems.count == 1
            ? "settings: \(problems[0])"
            : "settings: \(problems.count) problems\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}
