import Digesting
import FanOut
import FoundationEssentials
import HTTPFetching
import Logging
import PrecacheModel
import Synchronization
import TextForms

/// Proves to agents what the service said of exchanges, with the key of the certificate that it shows to them.
final class MeshSigner: Sendable {
    private struct Identity {
        let certificate: String
        let key: SigningKey
        /// What tickets are made of: as secret as the key.
        let secret: [UInt8]
    }

    private let files: (certificate: String, key: String)
    private let logger: Logger
    private let identity: Mutex<Identity>

    /// Nil without a certificate that agents know the service by; blocks.
    ///
    /// - Throws: ``DigestError``, or Foundation's error, for files that can't be used.
    init?(_ access: AgentAccess, _ logger: Logger) throws {
        guard let certificate = access.certificates?.certificate, let key = access.certificates?.key else {
            return nil
        }
        files = (certificate, key)
        self.logger = logger
        identity = Mutex(try Self.read(files))
    }

    /// Reads the files again, whose certificate may have been renewed; one that can't be used changes nothing.
    func reload() {
        do {
            let renewed = try Self.read(files)
            identity.withLock { $0 = renewed }
        } catch {
            logger.warning(
                "can't read the service's certificate for agents anew",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// What opens an image of a job to those who are told: the same each time, so that a restart changes nothing.
    func ticket(_ job: JobID, _ content: Digest) -> String {
        let secret = identity.withLock(\.secret)
        let message = Array("precache-ticket-1\n\(job)\n\(content)\n".utf8)
        // OpenSSL fails for lack of memory alone; what no neighbour is told opens nothing.
        return Base64URL.encode(
            (try? hmacSHA256(key: secret, message: message)) ?? [UInt8](repeating: 0, count: 32)
        )
    }

    /// The word that a host is a seed; nil if OpenSSL fails.
    func warrant(_ content: Digest, _ ticket: String, _ seed: HostName) -> SeedWarrant? {
        let (certificate, key) = identity.withLock { ($0.certificate, $0.key) }
        let message = SeedWarrant.message(
            content: content,
            ticket: Hexadecimal.encode(sha256(Array(ticket.utf8))),
            seed: seed
        )
        guard let signature = try? key.sign(message) else { return nil }
        return SeedWarrant(certificate: certificate, signature: Base64URL.encode(signature))
    }

    private static func read(_ files: (certificate: String, key: String)) throws -> Identity {
        let certificate = try Data(contentsOf: URL(filePath: files.certificate))
        let key = Array(try Data(contentsOf: URL(filePath: files.key)))
        return Identity(
            certificate: String(decoding: certificate, as: UTF8.self),
            key: try SigningKey(pem: key),
            secret: sha256(key)
        )
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
