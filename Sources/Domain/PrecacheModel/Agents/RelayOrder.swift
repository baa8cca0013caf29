/// How a host gets an image from its neighbours rather than from its source, and gives it to others.
package struct RelayOrder: Hashable, Sendable {
    /// What who may have the image shows to its neighbours: 32 random bytes in base64url, of one image in one job.
    ///
    /// Secret: never logged.
    package var ticket: String
    /// How long each piece is but the last.
    package var pieceBytes: Int64
    /// Which part of the source this host reads; nil for a member, which has no source.
    package var seed: SeedPart?
    /// Whom to ask, best first; the first few are asked, the others are spares.
    package var neighbours: [RelayNeighbour]
    /// How long the image is given to others after it is there, at most.
    package var serve: Duration
    /// The trace that requests to neighbours are part of.
    package var trace: TraceContext?

    package init(
        ticket: String,
        pieceBytes: Int64,
        seed: SeedPart? = nil,
        neighbours: [RelayNeighbour],
        serve: Duration
    ) {
        self.ticket = ticket
        self.pieceBytes = pieceBytes
        self.seed = seed
        self.neighbours = neighbours
        self.serve = serve
    }
}

/// Which of the seeds a host is, and how many there are: they read the source by turns.
package struct SeedPart: Hashable, Sendable {
    package var index: Int
    package var count: Int
    /// What makes others believe its seals.
    package var warrant: SeedWarrant

    package init(index: Int, count: Int, warrant: SeedWarrant) {
        self.index = index
        self.count = count
        self.warrant = warrant
    }
}

/// The service's word that a host reads the source of one content in one mesh, so that what it seals may be believed.
///
/// Hosts pass it on among themselves: whom the service makes a seed later is believed without a word to each of them.
package struct SeedWarrant: Hashable, Sendable {
    /// The certificate that the service shows to agents, in PEM; those between it and the authority follow in it.
    package var certificate: String
    /// What its key made of ``message(content:ticket:seed:)``, in base64url.
    package var signature: String

    package init(certificate: String, signature: String) {
        self.certificate = certificate
        self.signature = signature
    }

    /// What is signed: it holds for one content, for hosts with one ticket, given as its SHA-256 in hexadecimal.
    package static func message(content: Digest, ticket: String, seed: HostName) -> [UInt8] {
        Array("precache-seed-1\n\(content)\n\(ticket)\n\(seed)\n".utf8)
    }
}

/// A host that may be asked for pieces.
package struct RelayNeighbour: Hashable, Sendable {
    package var place: AgentPlace
    /// It stands in another zone: to be asked only for what nobody nearer has.
    package var isFar: Bool

    package init(place: AgentPlace, isFar: Bool) {
        self.place = place
        self.isFar = isFar
    }
}

/// An image cut into pieces: all of one length but the last.
package struct PieceLayout: Hashable, Sendable {
    package let sizeBytes: Int64
    package let pieceBytes: Int64

    /// What pieces may be long.
    package static let lengths: ClosedRange<Int64> = 256 << 10...4 << 20

    /// `pieceBytes` is more than 0; the power of two that makes 4,096 pieces, within ``lengths``, by default.
    package init(sizeBytes: Int64, pieceBytes: Int64? = nil) {
        self.sizeBytes = sizeBytes
        var length = Self.lengths.lowerBound
        while length < Self.lengths.upperBound && length * 4_096 < sizeBytes { length *= 2 }
        self.pieceBytes = pieceBytes ?? length
    }

    /// How many pieces there are.
    package var count: Int { Int((sizeBytes + pieceBytes - 1) / pieceBytes) }

    /// The bytes of pieces in a row; those of an image that ends before are left out.
    package func bytes(of pieces: ClosedRange<Int>) -> Range<Int64> {
        let first = min(sizeBytes, Int64(pieces.lowerBound) * pieceBytes)
        return first..<min(sizeBytes, Int64(pieces.upperBound + 1) * pieceBytes)
    }

    /// The bytes of a piece.
    package func bytes(of piece: Int) -> Range<Int64> { bytes(of: piece...piece) }
}
