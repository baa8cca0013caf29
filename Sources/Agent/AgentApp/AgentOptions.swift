import AgentAPI
import Glibc
import HTTPDoor
import HTTPFetching
import HTTPServing
import ImageCache
import ImageConversion
import PrecacheAPI
import PrecacheModel
import PullWork
import Settings
import Telemetry

/// The settings, checked against each other and in the terms of what they configure.
struct AgentOptions: Sendable {
    var host: HostName
    var server: ServerConfiguration
    var access: AgentAccess
    /// Nil where the host's storage needs no cache.
    var cache: CacheConfiguration?
    var upkeep: UpkeepConfiguration
    var pull: PullConfiguration
    /// What this host proves itself with to its neighbours, to be read again; nil where it exchanges nothing.
    var identity: FollowedFiles<RelayIdentity>?
    /// Pieces of images given to others at a time, and all of them together in bytes per second.
    var uploads: Int
    var uploadRate: Int
    var heartbeat: HeartbeatOptions?
    /// The file of credentials for sources, to be read again.
    var credentialsFile: String?
    var stopLimit: Duration
    /// What works but should be mended, besides the warnings of single settings; logged at the start.
    var warnings: [String] = []

    /// Checks what no setting can check alone.
    ///
    /// - Throws: ``AgentStartError`` that names the key which mends it.
    init(_ values: SettingsValues) throws(AgentStartError) {
        host = try Self.host(values)
        let tls = try Self.tls(values)
        var limits = ServerLimits()
        limits.connections = values[AgentSettings.connections]
        // The service has one address; no neighbour may keep its orders out.
        limits.connectionsPerPeer = max(min(64, limits.connections), limits.connections / 4)
        limits.bodyBytes = AgentRoutes.taskBytes
        server = ServerConfiguration(
            address: values[AgentSettings.address],
            port: values[AgentSettings.port],
            tls: tls,
            limits: limits
        )
        access = AgentAccess(
            token: values[AgentSettings.token]?.text,
            clientName: tls?.clientCAPath == nil ? nil : values[AgentSettings.clientName],
            metricsToken: values[AgentSettings.metricsToken]?.text
        )
        cache = try Self.cache(values, host)
        upkeep = UpkeepConfiguration(values)
        pull = try Self.pull(values)
        identity = Self.identity(values, host, &warnings)
        pull.mesh = Self.mesh(values, identity, &warnings)
        uploads = values[AgentSettings.maximumUploads]
        uploadRate = values[AgentSettings.uploadRate]
        heartbeat = values[AgentSettings.serviceURL].map { url in
            HeartbeatOptions(
                url: url,
                token: values[AgentSettings.serviceToken]?.text,
                tls: values[AgentSettings.serviceCA].map { ClientTLS(caFile: $0) },
                interval: values[AgentSettings.heartbeat]
            )
        }
        credentialsFile = values[AgentSettings.credentials]
        stopLimit = values[AgentSettings.stop]
        try checkToken()
        try checkAccess(takesPlainToken: values[AgentSettings.plainToken])
    }

    /// A token of another form than one host's is the fleet's secret.
    private mutating func checkToken() throws(AgentStartError) {
        guard let token = access.token, !HostToken.isOne(token) else { return }
        if let flaw = SecretFlaw(in: token) {
            guard !flaw.isFatal else {
                throw AgentStartError(
                    "token \(flaw.advice), as the service's agents.token, and set what `precached token agent --host "
                        + "\(host)` prints then"
                )
            }
            warnings.append("token \(flaw.advice)")
        }
        warnings.append(
            "token is the fleet's secret, so whoever reads it on this host can give orders to every host: set what "
                + "`precached token agent --host \(host)` prints in its place"
        )
    }

    private func checkAccess(takesPlainToken: Bool) throws(AgentStartError) {
        let isLoopback =
            SocketAddress(address: server.address, port: 0).isLoopback || server.address == "localhost"
        guard !isLoopback else { return }
        if access.token != nil, server.tls == nil, !takesPlainToken {
            throw AgentStartError(
                "listen.address \(server.address) is beyond the loopback, and there the token would cross the network in "
                    + "clear text, where whoever reads it can give orders to every agent that has it: set "
                    + "listen.tls.certificate and listen.tls.key, with listen.tls.client_ca instead of a token at best, or "
                    + "listen.plain_token = true if nobody else is on that network"
            )
        }
        guard access.token == nil, access.clientName == nil else { return }
        throw AgentStartError(
            "listen.address \(server.address) is beyond the loopback, and anybody could give orders there: set token, or "
                + "listen.tls.client_ca together with listen.tls.certificate and listen.tls.key"
        )
    }

    private static func host(_ values: SettingsValues) throws(AgentStartError) -> HostName {
        do {
            return try HostName(values[AgentSettings.host] ?? MachineName.text)
        } catch {
            throw AgentStartError("host: \(error)")
        }
    }

    private static func tls(_ values: SettingsValues) throws(AgentStartError) -> TLSConfiguration? {
        let clientCA = values[AgentSettings.clientCA]
        switch (values[AgentSettings.certificate], values[AgentSettings.key]) {
        case (nil, nil):
            guard clientCA == nil else {
                throw AgentStartError("listen.tls.client_ca needs listen.tls.certificate and listen.tls.key")
            }
            return nil
        case (nil, _): throw AgentStartError("listen.tls.key needs listen.tls.certificate")
        case (_, nil): throw AgentStartError("listen.tls.certificate needs listen.tls.key")
        case (let certificate?, let key?):
            // Optional: health probes and callers with a token show none; the gate decides.
            return TLSConfiguration(
                certificatePath: certificate,
                keyPath: key,
                clientCAPath: clientCA,
                clientCertificates: clientCA == nil ? .none : .optional
            )
        }
    }
}

/// The cache's settings, checked and in the cache's terms.
extension AgentOptions {
    static func cache(
        _ values: SettingsValues,
        _ host: HostName
    ) throws(AgentStartError) -> CacheConfiguration? {
        guard values[AgentSettings.backend] != .none else { return nil }
        let directory = values[AgentSettings.directory]
        let maxLeasedBytes = values[AgentSettings.maxLeasedBytes]
        return CacheConfiguration(
            directory: directory,
            host: host.text,
            fileMode: try mode(values[AgentSettings.mode]),
            owner: FileOwner(
                user: try AccountNames.user(values[AgentSettings.owner]),
                group: try AccountNames.group(values[AgentSettings.group])
            ),
            instances: values[AgentSettings.instances] ?? instances(around: directory),
            novaMinimumAge: values[AgentSettings.novaMinimumAge],
            converter: values[AgentSettings.convertToRaw]
                ? ImageConverter(program: values[AgentSettings.qemuImage]) : nil,
            reserve: values[AgentSettings.reserve],
            minimumFreeBytes: Int64(values[AgentSettings.minimumFree]),
            maxBytes: values[AgentSettings.maxBytes].map { Int64($0) },
            maxLeasedBytes: maxLeasedBytes > 0 ? Int64(maxLeasedBytes) : nil,
            unknownSizeEvicts: Int64(values[AgentSettings.unknownSize])
        )
    }

    /// What holds the cache, if the cache is Nova's: `_base` is what Nova's `image_cache.subdirectory_name` says unless
    /// changed.
    static func instances(around cache: String) -> String? {
        let parts = cache.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.last == "_base" else { return nil }
        let parent = parts.dropLast().joined(separator: "/")
        if cache.hasPrefix("/") { return "/" + parent }
        return parent.isEmpty ? "." : parent
    }

    private static func mode(_ text: String) throws(AgentStartError) -> UInt32 {
        guard (3...4).contains(text.utf8.count), let mode = UInt32(text, radix: 8), mode & ~0o775 == 0,
            mode & 0o400 != 0
        else {
            throw AgentStartError(
                "cache.mode '\(text)' can't be used: give octal digits such as 0644, readable for the owner and not writable "
                    + "for everyone"
            )
        }
        return mode
    }
}

extension UpkeepConfiguration {
    /// The cache's upkeep as the settings have it.
    init(_ values: SettingsValues) {
        let scrubInterval = values[AgentSettings.scrubInterval]
        self.init(
            removesUnused: values[AgentSettings.removeUnused],
            unusedMinimumAge: values[AgentSettings.unusedAge],
            resizedMinimumAge: values[AgentSettings.resizedAge],
            sweepInterval: values[AgentSettings.sweepInterval],
            agesNovaFiles: values[AgentSettings.novaFiles] == .age,
            maximumBytes: values[AgentSettings.maxBytes].map { Int64($0) },
            asksProcesses: values[AgentSettings.openFiles] == .check,
            scrubInterval: scrubInterval > .zero ? scrubInterval : nil,
            scrubRate: values[AgentSettings.scrubRate]
        )
    }
}

/// Where heartbeats go and how often.
struct HeartbeatOptions: Sendable {
    var url: String
    var token: String?
    var tls: ClientTLS?
    var interval: Duration
}
