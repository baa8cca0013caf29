import AgentAPI
import Glibc
import HTTPFetching
import HTTPServing
import ImageCache
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
    var heartbeat: HeartbeatOptions?
    var stopLimit: Duration

    /// Checks what no setting can check alone.
    ///
    /// - Throws: ``AgentStartError`` that names the key which mends it.
    init(_ values: SettingsValues) throws(AgentStartError) {
        host = try Self.host(values)
        let tls = try Self.tls(values)
        var limits = ServerLimits()
        limits.connections = values[AgentSettings.connections]
        limits.connectionsPerPeer = limits.connections
        limits.bodyBytes = 1_048_576
        server = ServerConfiguration(
            address: values[AgentSettings.address],
            port: values[AgentSettings.port],
            tls: tls,
            limits: limits
        )
        access = AgentAccess(
            token: values[AgentSettings.token]?.text,
            clientName: tls?.clientCAPath == nil ? nil : values[AgentSettings.clientName]
        )
        cache = try Self.cache(values)
        upkeep = UpkeepConfiguration(values)
        pull = PullConfiguration(
            concurrentDownloads: values[AgentSettings.concurrent],
            rateBytesPerSecond: values[AgentSettings.rate],
            timeouts: FetchTimeouts(idle: values[AgentSettings.idle]),
            tls: values[AgentSettings.sourceCA].map { ClientTLS(caFile: $0) },
            lockWait: values[AgentSettings.lockWait]
        )
        heartbeat = values[AgentSettings.serviceURL].map { url in
            HeartbeatOptions(
                url: url,
                token: values[AgentSettings.serviceToken]?.text,
                tls: values[AgentSettings.serviceCA].map { ClientTLS(caFile: $0) },
                interval: values[AgentSettings.heartbeat]
            )
        }
        stopLimit = values[AgentSettings.stop]
        try checkAccess()
    }

    private func checkAccess() throws(AgentStartError) {
        let isLoopback =
            SocketAddress(address: server.address, port: 0).isLoopback || server.address == "localhost"
        guard !isLoopback, access.token == nil, access.clientName == nil else { return }
        throw AgentStartError(
            "listen.address \(server.address) is beyond the loopback, and anybody could give orders there: set token, or "
                + "listen.tls.client_ca together with listen.tls.certificate and listen.tls.key"
        )
    }

    private static func host(_ values: SettingsValues) throws(AgentStartError) -> HostName {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        let own = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do {
            return try HostName(values[AgentSettings.host] ?? own)
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
