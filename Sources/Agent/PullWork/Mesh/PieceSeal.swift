package import Digesting
package import HTTPFetching
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

    /// How this host seals.
    let identity: RelayIdentity
    private let content: Digest
    /// Several of a seed whose certificate was renewed meanwhile: what it sealed before stays sealed.
    private let known = Mutex<[(seed: HostName, certificate: SignerCertificate, proof: Proof)]>([])
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
    var proofs: [(HostName, Proof)] { known.withLock { $0.map { ($0.seed, $0.proof) } } }

    /// Whether a seed has shown this before.
    func knows(_ seed: HostName, _ proof: Proof) -> Bool {
        known.withLock { $0.contains { $0.seed == seed && $0.proof == proof } }
    }

    /// Takes a seed's proof, if the service vouches for it and both certificates come from the fleet's authority.
    ///
    /// - Returns: Whether it is new and to be believed.
    func take(_ seed: HostName, _ proof: Proof) -> Bool {
        guard !knows(seed, proof), known.withLock({ $0.count < Self.limit }),
            let certificate = identity.trusted(proof.certificate), certificate.names(seed.text),
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
        known.withLock { $0.append((seed, certificate, proof)) }
        return true
    }

    /// This host's own seal of a piece.
    func seal(_ piece: Int, _ layout: PieceLayout, _ bytes: [UInt8]) throws(DigestError) -> PieceSeal {
        try identity.seal(PieceSeal.message(piece, of: content, layout, sha256: sha256(bytes)))
    }

    /// Whether a seed sealed these bytes; nil for a seed that isn't known.
    func isRight(_ seal: PieceSeal, _ piece: Int, _ layout: PieceLayout, _ bytes: [UInt8]) -> Bool? {
        let certificates = known.withLock { $0.filter { $0.seed == seal.seed }.map(\.certificate) }
        guard !certificates.isEmpty else { return nil }
        let message = PieceSeal.message(piece, of: content, layout, sha256: sha256(bytes))
        return certificates.contains { $0.hasSigned(message, seal.signature) }
    }
}

/// How this host takes part in meshes.
package struct MeshAccess: Sendable {
    private let current: CurrentIdentity
    /// Trust and certificate towards neighbours; nil for plain HTTP, in tests.
    package var tls: ClientTLS?
    /// Neighbours that are asked at a time; 6 by default.
    package var neighbours: Int
    /// How long an image is given after it is there, at most, whatever is ordered; 10 minutes by default.
    package var serve: Duration

    package init(
        identity: RelayIdentity,
        tls: ClientTLS?,
        neighbours: Int = 6,
        serve: Duration = .seconds(600)
    ) {
        current = CurrentIdentity(identity)
        self.tls = tls
        self.neighbours = neighbours
        self.serve = serve
    }

    /// How it proves itself; an exchange goes on with what it was when it began.
    package var identity: RelayIdentity { current.value.withLock { $0 } }

    /// Its certificate was renewed.
    package func renew(_ identity: RelayIdentity) { current.value.withLock { $0 = identity } }

    private final class CurrentIdentity: Sendable {
        let value: Mutex<RelayIdentity>

        init(_ identity: RelayIdentity) { value = Mutex(identity) }
    }
}

/// How this host proves itself to its neighbours, and they to it.
package struct RelayIdentity: Sendable {
    /// This host's name, which its certificate has.
    let host: HostName
    package let certificate: String
    let key: SigningKey
    /// The PEM file of the authorities that hosts' certificates come from.
    let authorities: String
    /// The name in the certificate of the service, whose word makes a host a seed.
    let service: String
    private let own: SignerCertificate

    /// - Throws: ``DigestError`` if the key is none, or the certificate isn't from the authorities.
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
        own = try SignerCertificate(pem: certificate, authorities: authorities)
    }

    /// Why neighbours won't take the certificate, although it comes from the authorities; nil if they will.
    package var flaw: String? {
        guard own.names(host.text) else { return "the certificate doesn't name \(host)" }
        guard own.servesBothSides else {
            return
                "the certificate isn't good for both a server and a client (its extended key usage lacks serverAuth or clientAuth)"
        }
        return nil
    }

    /// A certificate from the authorities; nil for any other text.
    func trusted(_ pem: String) -> SignerCertificate? {
        try? SignerCertificate(pem: Array(pem.utf8), authorities: authorities)
    }

    func seal(_ message: [UInt8]) throws(DigestError) -> PieceSeal {
        PieceSeal(seed: host, signature: try key.sign(message))
    }
}
