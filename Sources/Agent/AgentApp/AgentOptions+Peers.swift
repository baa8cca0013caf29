import Digesting
import FoundationEssentials
import HTTPFetching
import PrecacheModel
import PullWork
import Settings

/// How images are exchanged with other hosts.
extension AgentSettings {
    static let peersEnabled = Setting<Bool>.bool(
        "peers.enabled",
        default: true,
        help:
            "Whether this host gets images from other hosts and gives them what it has, where the service plans it so. It "
            + "needs listen.tls.certificate, listen.tls.key and listen.tls.client_ca, and a certificate that is good for a "
            + "client, too."
    )
    static let maximumUploads = Setting<Int>.int(
        "peers.max_uploads",
        default: 12,
        range: 1...1_000,
        help: "Pieces of images that are given to other hosts at a time."
    )

    /// The settings of this group.
    static let peers: [any AnySetting] = [peersEnabled, maximumUploads]
}

extension AgentOptions {
    /// This host's part in exchanges; nil where it has none.
    ///
    /// - Parameter host: The name that its certificate has.
    static func mesh(_ values: SettingsValues, _ host: HostName) -> MeshAccess? {
        guard values[AgentSettings.peersEnabled], let certificate = values[AgentSettings.certificate],
            let key = values[AgentSettings.key], let authorities = values[AgentSettings.clientCA]
        else { return nil }
        // Files that can't be used stop the server's start, which says so.
        guard let chain = try? Data(contentsOf: URL(filePath: certificate)),
            let secret = try? Data(contentsOf: URL(filePath: key)),
            let identity = try? RelayIdentity(
                host: host,
                certificate: Array(chain),
                key: Array(secret),
                authorities: authorities,
                service: values[AgentSettings.clientName]
            )
        else { return nil }
        return MeshAccess(
            identity: identity,
            tls: ClientTLS(caFile: authorities, certificateFile: certificate, keyFile: key),
            uploads: values[AgentSettings.maximumUploads]
        )
    }
}
