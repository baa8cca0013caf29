import Digesting
import FanOut
import HTTPFetching
import Logging
import PrecacheAPI
import PrecacheModel
import Settings
import TextForms

/// Proves to agents what the service said of exchanges, with the key of the certificate that it shows to them.
///
/// The files are followed as the connections to agents follow them: what both say of the service is of one certificate.
final class MeshSigner: Sendable {
    private struct Identity {
        let certificate: String
        let key: SigningKey
        /// What tickets are made of: as secret as the key.
        let secret: [UInt8]
    }

    /// Why files can't be used.
    private struct Flaw: Error, CustomStringConvertible { let description: String }

    private let files: FollowedFiles<Identity>

    /// Nil without a certificate that agents know the service by; blocks.
    ///
    /// With one that can't be used, which is logged, nothing is signed until it can.
    init?(_ certificates: AgentAccess.Certificates?, _ logger: Logger, interval: Duration = .seconds(1)) {
        guard let certificate = certificates?.certificate, let key = certificates?.key else { return nil }
        files = FollowedFiles([certificate, key], interval: interval) {
            try Self.read(certificate, key)
        } onTrouble: { error in
            logger.warning(
                "the service's certificate for agents can't be used for exchanges of images; what was there stays",
                metadata: ["certificate": "\(certificate)", "error": "\(error)"]
            )
        }
        _ = files.current
    }

    /// What opens an image of a job to those who are told: the same each time, so that a restart changes nothing; nil where
    /// nothing can be signed.
    func ticket(_ job: JobID, _ content: Digest) -> String? {
        guard let secret = files.current?.secret else { return nil }
        let message = Array("precache-ticket-1\n\(job)\n\(content)\n".utf8)
        return (try? hmacSHA256(key: secret, message: message)).map { Base64URL.encode($0) }
    }

    /// The word that a host is a seed; nil where nothing can be signed.
    func warrant(_ content: Digest, _ ticket: String, _ seed: HostName) -> SeedWarrant? {
        guard let identity = files.current else { return nil }
        let message = SeedWarrant.message(
            content: content,
            ticket: Hexadecimal.encode(sha256(Array(ticket.utf8))),
            seed: seed
        )
        guard let signature = try? identity.key.sign(message) else { return nil }
        return SeedWarrant(certificate: identity.certificate, signature: Base64URL.encode(signature))
    }

    private static func bytes(of path: String) throws(Flaw) -> [UInt8] {
        do throws(SettingFault) {
            return try SmallFile.bytes(of: path)
        } catch {
            throw Flaw(description: "\(path) \(error.text)")
        }
    }

    private static func read(_ certificate: String, _ key: String) throws -> Identity {
        let chain = try CertificateChain(pem: bytes(of: certificate))
        let secret = try bytes(of: key)
        let key = try SigningKey(pem: secret)
        // One of the two may be written already, and the other not.
        guard chain.isOf(key) else { throw Flaw(description: "its key is another one") }
        guard chain.pem.utf8.count <= RelayLine.longestCertificate else {
            throw Flaw(
                description:
                    "with those between it and the authority it is longer than \(RelayLine.longestCertificate) bytes"
            )
        }
        return Identity(certificate: chain.pem, key: key, secret: sha256(secret))
    }
}

extension RelaySettings {
    /// When images are exchanged; nil where they never are: the settings say so, or agents couldn't tell the service from
    /// anybody else.
    func rules(_ signer: MeshSigner?, usual: Parallelism) -> RelayRules? {
        guard isEnabled, let signer else { return nil }
        return RelayRules(
            minimumBytes: minimumBytes,
            minimumHosts: minimumHosts,
            seeds: seeds,
            copies: copies,
            usualParallelism: usual,
            ticket: { signer.ticket($0, $1) },
            warrant: { signer.warrant($0, $1, $2) }
        )
    }
}
