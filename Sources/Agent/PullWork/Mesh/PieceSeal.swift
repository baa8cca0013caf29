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

/// The seeds of one image that the service vouches for, as far as they have shown themselves.
final class SealBook: Sendable {
    /// What a seed shows of itself: its certificate's text, and the service's warrant.
    struct Proof: Hashable, Sendable {
        let certificate: String
        let warrant: SeedWarrant
    }

    private let identity: RelayIdentity
    private let content: Digest
    private let known = Mutex<[HostName: (certificate: SignerCertificate, proof: Proof)]>([:])
    private let tickets: Mutex<Set<String>>

    /// A mesh has two seeds and promotes one at a time; who shows more is not believed.
    private static let limit = 64

    init(_ identity: RelayIdentity, content: Digest, ticket: String) {
        self.identity = identity
        self.content = content
        tickets = Mutex([ticket])
    }

    /// Believes warrants for this ticket, too.
    func admit(_ ticket: String) { _ = tickets.withLock { $0.insert(ticket) } }

    /// The seeds that are known.
    var proofs: [(HostName, Proof)] { known.withLock { $0.map { ($0.key, $0.value.proof) } } }

    /// Takes a seed's proof, if the service vouches for it and both certificates come from the fleet's authority.
    ///
    /// - Returns: Whether it is new and to be believed.
    func take(_ seed: HostName, _ proof: Proof) -> Bool {
        let isWanted = known.withLock { known in
            known[seed]?.proof != proof && (known[seed] != nil || known.count < Self.limit)
        }
        guard isWanted, let certificate = identity.trusted(proof.certificate), certificate.names(seed.text),
            let service = identity.trusted(proof.warrant.certificate), service.names(identity.service),
            let signature = Base64URL.decode(proof.warrant.signature),
            tickets.withLock(\.self).contains(where: { ticket in
                let message = SeedWarrant.message(
                    content: content,
                    ticket: Hexadecimal.encode(sha256(Array(ticket.utf8))),
                    seed: seed
                )
                return service.hasSigned(message, signature)
            })
        else { return false }
        known.withLock { $0[seed] = (certificate, proof) }
        return true
    }

    /// Whether a seed sealed this; nil for a seed that isn't known.
    func isRight(_ seal: PieceSeal, _ message: [UInt8]) -> Bool? {
        known.withLock { $0[seal.seed]?.certificate }?.hasSigned(message, seal.signature)
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
    /// The name in the certificate of the service, whose word makes a host a seed.
    let service: String

    /// - Throws: ``DigestError`` if the key is none, or the certificate isn't from the authorities or of this host.
    package init(
        host: HostName,
        certificate: [UInt8],
        key: [UInt8],
        authorities: String,
        service: String
    ) throws(DigestError) {
        self.host = host
        self.service = service
        self.certificate = String(decoding: certificate, as: UTF8.self)
        self.key = try SigningKey(pem: key)
        self.authorities = authorities
        _ = try SignerCertificate(pem: certificate, authorities: authorities)
    }

    /// A certificate from the authorities; nil for any other text.
    func trusted(_ pem: String) -> SignerCertificate? {
        try? SignerCertificate(pem: Array(pem.utf8), authorities: authorities)
    }

    func seal(_ message: [UInt8]) throws(DigestError) -> PieceSeal {
        PieceSeal(seed: host, signature: try key.sign(message))
    }
}
