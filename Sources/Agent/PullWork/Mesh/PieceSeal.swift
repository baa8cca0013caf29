package import Digesting
package import HTTPFetching
import PrecacheAPI
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
    private let known = Mutex<[Known]>([])
    private let tickets: Mutex<Set<String>>

    private struct Known {
        let seed: HostName
        /// Who has another one can't tell that this host is a seed.
        let ticket: String
        let certificate: SignerCertificate
        let proof: Proof
    }

    /// Seeds for one ticket: a mesh has two and promotes one at a time; who shows more is not believed.
    private static let limit = 64
    /// Keys of one seed, for one ticket: its certificate may be renewed, and what it sealed before stays sealed.
    private static let keys = 2

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

    /// What a proof comes to.
    enum Finding {
        /// It is to be believed, and passed on as it is here: whatever else its texts had is left out.
        case new(Proof)
        /// It is to be believed, and says nothing new.
        case known
        case wrong
    }

    /// Takes a seed's proof, if the service vouches for it and both certificates come from the fleet's authority.
    ///
    /// One proof of a seed's key is enough: it can be written in many ways by whoever passes it on, and honestly signed anew.
    func take(_ seed: HostName, _ proof: Proof) -> Finding {
        if knows(seed, proof) { return .known }
        guard let certificate = identity.trusted(proof.certificate), certificate.names(seed.text),
            let service = identity.trusted(proof.warrant.certificate), service.shows(identity.service),
            let signature = Base64URL.decode(proof.warrant.signature),
            let ticket = tickets.withLock(\.self).first(where: { ticket in
                let message = SeedWarrant.message(
                    content: content,
                    ticket: Hexadecimal.encode(sha256(Array(ticket.utf8))),
                    seed: seed
                )
                return service.hasSigned(message, signature)
            })
        else { return .wrong }
        let clean = Proof(
            certificate: certificate.chain.pem,
            warrant: SeedWarrant(certificate: service.chain.pem, signature: Base64URL.encode(signature))
        )
        return known.withLock { known in
            let others = known.filter { $0.ticket == ticket }
            let own = others.filter { $0.seed == seed }
            if own.contains(where: { $0.certificate.hasKey(of: certificate) }) { return .known }
            guard own.count < Self.keys, others.count < Self.limit else { return .wrong }
            known.append(Known(seed: seed, ticket: ticket, certificate: certificate, proof: clean))
            return .new(clean)
        }
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
    private let current: @Sendable () -> RelayIdentity?
    /// Trust and certificate towards neighbours; nil for plain HTTP, in tests.
    package var tls: ClientTLS?
    /// Neighbours that are asked at a time; 6 by default.
    package var neighbours: Int
    /// How long an image is given after it is there, at most, whatever is ordered; 10 minutes by default.
    package var serve: Duration

    package init(
        tls: ClientTLS?,
        neighbours: Int = 6,
        serve: Duration = .seconds(600),
        identity: @escaping @Sendable () -> RelayIdentity?
    ) {
        current = identity
        self.tls = tls
        self.neighbours = neighbours
        self.serve = serve
    }

    /// How it proves itself now; nil while it has nothing that neighbours take.
    ///
    /// An exchange goes on with what it was when it began.
    package var identity: RelayIdentity? { current() }
}

/// How this host proves itself to its neighbours, and they to it.
package struct RelayIdentity: Sendable {
    /// This host's name, which its certificate has.
    let host: HostName
    /// Its certificate in PEM with those between it and the authority, and nothing else that the file has.
    package var certificate: String { own.chain.pem }
    private let key: SigningKey
    /// Whom hosts' certificates come from.
    private let authorities: TrustedAuthorities
    /// The name in the certificate of the service, whose word makes a host a seed.
    let service: String
    private let own: SignerCertificate

    /// - Parameters:
    ///   - host: This host's name.
    ///   - certificate: PEM, with the certificates between it and the authority after it.
    ///   - key: PEM.
    ///   - authorities: The PEM file of those whom hosts' certificates come from.
    ///   - service: The name in the service's certificate.
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
        self.key = try SigningKey(pem: key)
        self.authorities = try TrustedAuthorities(file: authorities)
        own = try SignerCertificate(pem: certificate, authorities: self.authorities)
    }

    /// Why neighbours won't take the certificate, although it comes from the authorities; nil if they will.
    package var flaw: String? {
        guard own.chain.isOf(key) else { return "its key is another one" }
        guard own.chain.pem.utf8.count <= RelayLine.longestCertificate else {
            return
                "with those between it and the authority it is longer than \(RelayLine.longestCertificate) bytes"
        }
        guard own.names(host.text) else { return "the certificate doesn't name \(host)" }
        guard own.servesBothSides else {
            return
                "the certificate isn't good for both a server and a client (its extended key usage lacks serverAuth or clientAuth)"
        }
        return nil
    }

    /// A certificate from the authorities, no longer than may be passed on; nil for any other text.
    func trusted(_ pem: String) -> SignerCertificate? {
        let found = try? SignerCertificate(pem: Array(pem.utf8), authorities: authorities)
        return found.flatMap { $0.chain.pem.utf8.count <= RelayLine.longestCertificate ? $0 : nil }
    }

    func seal(_ message: [UInt8]) throws(DigestError) -> PieceSeal {
        PieceSeal(seed: host, signature: try key.sign(message))
    }
}
