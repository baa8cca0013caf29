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

    static let uploadRate = Setting<Int>.int(
        "peers.upload_bytes_per_second",
        default: 125_000_000,
        range: 0...1_000_000_000_000,
        help:
            "The rate at which all pieces together are given to other hosts, at most. 0: this host takes pieces and gives none."
    )
    static let neighbours = Setting<Int>.int(
        "peers.neighbours",
        default: 6,
        range: 1...16,
        help: "Hosts that are asked for pieces of one image at a time."
    )
    static let serve = Setting<Duration>.seconds(
        "peers.serve_seconds",
        default: .seconds(600),
        range: .seconds(0) ... .seconds(86_400),
        help:
            "How long this host gives an image to others after it has it, at most. Orders may say less, and a minute without a "
            + "request ends it earlier."
    )

    /// The settings of this group.
    static let peers: [any AnySetting] = [peersEnabled, uploadRate, maximumUploads, neighbours, serve]
}

extension AgentOptions {
    /// This host's part in exchanges; nil where it has none.
    ///
    /// `warnings` are told why it has none although it might.
    static func mesh(_ values: SettingsValues, _ host: HostName, _ warnings: inout [String]) -> MeshAccess? {
        guard values[AgentSettings.peersEnabled], let certificate = values[AgentSettings.certificate],
            let key = values[AgentSettings.key], let authorities = values[AgentSettings.clientCA]
        else { return nil }
        // Files that can't be read stop the server's start, which says so.
        guard let chain = try? Data(contentsOf: URL(filePath: certificate)),
            let secret = try? Data(contentsOf: URL(filePath: key))
        else { return nil }
        let flaw: String
        do throws(DigestError) {
            let identity = try RelayIdentity(
                host: host,
                certificate: Array(chain),
                key: Array(secret),
                authorities: authorities,
                service: values[AgentSettings.clientName]
            )
            guard let found = identity.flaw else {
                return MeshAccess(
                    identity: identity,
                    tls: ClientTLS(caFile: authorities, certificateFile: certificate, keyFile: key),
                    neighbours: values[AgentSettings.neighbours],
                    serve: values[AgentSettings.serve]
                )
            }
            flaw = found
        } catch {
            flaw = "\(error)"
        }
        warnings.append(
            "this host exchanges no images with others: listen.tls.certificate \(certificate): \(flaw); make it a new one, or set "
                + "peers.enabled = false"
        )
        return nil
    }
}
