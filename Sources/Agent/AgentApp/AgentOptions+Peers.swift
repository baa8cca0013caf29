import HTTPFetching
import Logging
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
            "The rate at which all pieces together are given to other hosts, at most. 0: this host gives none and takes none, and "
            + "gets images from their sources."
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

/// Files that a host proves itself with to its neighbours.
private struct IdentityFiles: Sendable {
    let host: HostName
    let certificate: String
    let key: String
    let authorities: String
    let service: String

    /// - Throws: ``AgentStartError`` that says why neighbours won't take what is there.
    func read() throws(AgentStartError) -> RelayIdentity {
        do {
            let identity = try RelayIdentity(
                host: host,
                certificate: try Self.bytes(of: certificate, "listen.tls.certificate"),
                key: try Self.bytes(of: key, "listen.tls.key"),
                authorities: authorities,
                service: service
            )
            guard let flaw = identity.flaw else { return identity }
            throw AgentStartError("listen.tls.certificate \(certificate): \(flaw)")
        } catch let error as AgentStartError {
            throw error
        } catch {
            throw AgentStartError("listen.tls.certificate \(certificate): \(error)")
        }
    }

    private static func bytes(of path: String, _ setting: String) throws(AgentStartError) -> [UInt8] {
        do throws(SettingFault) {
            return try SmallFile.bytes(of: path)
        } catch {
            throw AgentStartError("\(setting) \(path) \(error.text)")
        }
    }
}

extension AgentOptions {
    /// What this host proves itself with to its neighbours, where it is to take part in exchanges; nil where it isn't.
    ///
    /// `warnings` are told of a setting that takes it out of them besides its purpose.
    static func identity(
        _ values: SettingsValues,
        _ host: HostName,
        _ warnings: inout [String]
    ) -> FollowedFiles<RelayIdentity>? {
        guard values[AgentSettings.peersEnabled], let certificate = values[AgentSettings.certificate],
            let key = values[AgentSettings.key], let authorities = values[AgentSettings.clientCA]
        else { return nil }
        // Others would be sent to it, and find nothing.
        guard values[AgentSettings.uploadRate] > 0 else {
            warnings.append(
                "this host exchanges no images with others: peers.upload_bytes_per_second is 0; set a rate, or peers.enabled = false"
            )
            return nil
        }
        let files = IdentityFiles(
            host: host,
            certificate: certificate,
            key: key,
            authorities: authorities,
            service: values[AgentSettings.clientName]
        )
        return FollowedFiles([certificate, key, authorities]) {
            try files.read()
        } onTrouble: { error in
            Logger(label: "agent").warning(
                "changed files not taken for exchanges of images; what was there stays",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// This host's part in exchanges; nil where it has none.
    ///
    /// `warnings` are told why it has none for the time being, although it might.
    static func mesh(
        _ values: SettingsValues,
        _ identity: FollowedFiles<RelayIdentity>?,
        _ warnings: inout [String]
    ) -> MeshAccess? {
        guard let identity else { return nil }
        do {
            try identity.reload()
        } catch {
            warnings.append(
                "this host exchanges no images with others: \(error); mend that, or set peers.enabled = false"
            )
        }
        return MeshAccess(
            tls: ClientTLS(
                caFile: values[AgentSettings.clientCA],
                certificateFile: values[AgentSettings.certificate],
                keyFile: values[AgentSettings.key]
            ),
            neighbours: values[AgentSettings.neighbours],
            serve: values[AgentSettings.serve],
            identity: { identity.current }
        )
    }
}
