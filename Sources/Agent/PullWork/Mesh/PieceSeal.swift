package import Digesting
package import PrecacheModel
import Synchronization
import TextForms

/// A seed's word for a piece: whoever hands it on, its bytes are what the seed read.
package struct PieceSeal: Hashable, Sendable {
    /// Who signed.
    package let seed: HostName
    let signature: [UInt8]

    init(seed: HostName, signature: [UInt8]) {
        self.seed = seed
        self.signature = signature
    }

    /// What is signed: a seal is of no use for another content, size, cut or number.
    static func message(_ piece: Int, of content: Digest, _ layout: PieceLayout, sha256: [UInt8]) -> [UInt8] {
        Array(
            "precache-piece-1\n\(content)\n\(layout.sizeBytes)\n\(layout.pieceBytes)\n\(piece)\n\(Hexadecimal.encode(sha256))\n"
                .utf8
        )
    }

    /// Reads the field `Precache-Seal`: the seed's name, and the signature in base64url.
    init?(field: String) {
        let words = field.split(separator: " ")
        guard words.count == 2, field.utf8.count <= 2_048, let seed = try? HostName(String(words[0])),
            let signature = Base64URL.decode(String(words[1]))
        else { return nil }
        self.init(seed: seed, signature: signature)
    }

    /// The field.
    package var field: String { "\(seed) \(Base64URL.encode(signature))" }
}

/// The seeds of one image, as far as they have shown their certificates.
final class SealBook: Sendable {
    private let identity: RelayIdentity
    /// Whose certificate, and its text, that who asks gets it, too.
    private let known = Mutex<[HostName: (certificate: SignerCertificate, text: String)]>([:])
    private let seeds: Mutex<Set<HostName>>

    init(_ identity: RelayIdentity, seeds: [HostName]) {
        self.identity = identity
        self.seeds = Mutex(Set(seeds))
    }

    /// Believes these, too: a newer order names others.
    func add(_ hosts: [HostName]) { seeds.withLock { $0.formUnion(hosts) } }

    /// The certificates that are known.
    var certificates: [(HostName, String)] { known.withLock { $0.map { ($0.key, $0.value.text) } } }

    /// Takes a seed's certificate, if it is one of the seeds' and comes from the fleet's authority.
    ///
    /// - Returns: Whether it is new; nil if it isn't to be believed.
    func take(_ seed: HostName, _ text: String) -> Bool? {
        guard seeds.withLock({ $0.contains(seed) }) else { return false }
        if known.withLock({ $0[seed]?.text == text }) { return false }
        guard
            let certificate = try? SignerCertificate(
                pem: Array(text.utf8),
                authorities: identity.authorities
            ),
            certificate.names(seed.text)
        else { return nil }
        known.withLock { $0[seed] = (certificate, text) }
        return true
    }

    /// Whether a seed sealed this.
    func isRight(_ seal: PieceSeal, _ message: [UInt8]) -> Bool {
        known.withLock { $0[seal.seed]?.certificate }?.hasSigned(message, seal.signature) ?? false
    }
}

/// How this host proves itself to its neighbours, and they to it.
package struct RelayIdentity: Sendable {
    /// This host's name, which its certificate has.
    let host: HostName
    let certificate: String
    let key: SigningKey
    /// The PEM file of the authorities that hosts' certificates come from.
    let authorities: String

    /// - Throws: ``DigestError`` if the key is none, or the certificate isn't from the authorities or of this host.
    package init(
        host: HostName,
        certificate: [UInt8],
        key: [UInt8],
        authorities: String
    ) throws(DigestError) {
        self.host = host
        self.certificate = String(decoding: certificate, as: UTF8.self)
        self.key = try SigningKey(pem: key)
        self.authorities = authorities
        _ = try SignerCertificate(pem: certificate, authorities: authorities)
    }

    func seal(_ message: [UInt8]) throws(DigestError) -> PieceSeal {
        PieceSeal(seed: host, signature: try key.sign(message))
    }
}
