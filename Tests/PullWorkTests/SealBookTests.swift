import Digesting
import FoundationEssentials
import PrecacheAPI
import PrecacheModel
import TestSupport
import Testing
import TextForms

@testable import PullWork

/// Whose word is believed for a piece, and what of it is passed on.
@Suite struct SealBookTests {
    private let certificates: TestCertificates
    private let content: Digest
    private let seed: HostName

    init() throws {
        certificates = try TestCertificates()
        content = try Digest(.sha256, hex: String(repeating: "ab", count: 32))
        seed = try HostName("compute-1")
        _ = try certificates.make("compute-1")
        _ = try certificates.make("service")
    }

    private func read(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(certificates.directory)/\(file)")))
    }

    private func text(_ file: String) throws -> String { String(decoding: try read(file), as: UTF8.self) }

    private func identity(
        _ certificate: [UInt8]? = nil,
        key: String = "compute-1.key"
    ) throws -> RelayIdentity {
        try RelayIdentity(
            host: seed,
            certificate: try certificate ?? read("compute-1.pem"),
            key: try read(key),
            authorities: certificates.authority,
            service: "service"
        )
    }

    private func book() throws -> SealBook { SealBook(try identity(), content: content, ticket: "t") }

    /// What the seed shows; the service signs anew each time, to another effect.
    private func proof(
        _ certificate: String? = nil,
        ticket: String = "t",
        of other: Digest? = nil,
        by service: String = "service"
    ) throws -> SealBook.Proof {
        let message = SeedWarrant.message(
            content: other ?? content,
            ticket: Hexadecimal.encode(sha256(Array(ticket.utf8))),
            seed: seed
        )
        let signature = try SigningKey(pem: try read("\(service).key")).sign(message)
        return SealBook.Proof(
            certificate: try certificate ?? text("compute-1.pem"),
            warrant: SeedWarrant(
                certificate: try text("\(service).pem"),
                signature: Base64URL.encode(signature)
            )
        )
    }

    private func words(_ finding: SealBook.Finding) -> String {
        switch finding {
        case .new: "new"
        case .known: "known"
        case .wrong: "wrong"
        }
    }

    /// What others put around a certificate, keys of those who have both in one file above all, is theirs.
    @Test func onlyCertificatesArePassedOn() throws {
        let (book, plain, key) = (try book(), try text("compute-1.pem"), try text("compute-1.key"))
        let clean = try proof()
        let noisy = SealBook.Proof(
            certificate: "words\n" + key + plain + "more\n",
            warrant: SeedWarrant(
                certificate: try text("service.key") + clean.warrant.certificate,
                signature: clean.warrant.signature
            )
        )
        guard case .new(let shown) = book.take(seed, noisy) else {
            Issue.record("the certificate is good")
            return
        }
        #expect(shown == clean && book.proofs.map(\.1) == [clean])
        let own = try identity(Array((key + plain).utf8))
        #expect(own.certificate == plain && own.flaw == nil)
    }

    /// Who passes a proof on can write it in many ways, and none of them takes another seed's place.
    @Test func oneProofOfASeedsKeyIsEnough() throws {
        let (book, plain) = (try book(), try text("compute-1.pem"))
        #expect(words(book.take(seed, try proof())) == "new")
        for number in 0..<5 {
            #expect(words(book.take(seed, try proof())) == "known", "signed anew")
            #expect(words(book.take(seed, try proof("\(number)\n" + plain))) == "known")
        }
        _ = try certificates.make("compute-1")
        #expect(words(book.take(seed, try proof())) == "new", "a renewed certificate")
        _ = try certificates.make("compute-1")
        #expect(words(book.take(seed, try proof())) == "wrong", "nobody renews twice in one exchange")
        #expect(book.proofs.count == 2)
        #expect(words(book.take(seed, try proof(plain))) == "known")
    }

    /// Who has one job's ticket can't check what the service signed for another's.
    @Test func aSeedIsVouchedForOncePerTicket() throws {
        let book = try book()
        #expect(words(book.take(seed, try proof())) == "new")
        #expect(words(book.take(seed, try proof(ticket: "u"))) == "wrong")
        book.admit("u")
        #expect(words(book.take(seed, try proof(ticket: "u"))) == "new")
        #expect(words(book.take(seed, try proof(ticket: "u"))) == "known")
        let (layout, bytes) = (
            PieceLayout(sizeBytes: 3, pieceBytes: 262_144), [UInt8](repeating: 1, count: 3)
        )
        let seal = try book.seal(0, layout, bytes)
        #expect(book.isRight(seal, 0, layout, bytes) == true && book.isRight(seal, 0, layout, [1]) == false)
    }

    /// A seal is good for the one piece that it is of: not for another number, size, cut or content.
    @Test func aSealIsOfNoUseForAnythingElse() throws {
        let layout = PieceLayout(sizeBytes: 600_000, pieceBytes: 262_144)
        let (book, bytes) = (try book(), [UInt8](repeating: 7, count: 1_000))
        #expect(words(book.take(seed, try proof())) == "new")
        let seal = try book.seal(1, layout, bytes)
        #expect(book.isRight(seal, 1, layout, bytes) == true)
        #expect(book.isRight(seal, 0, layout, bytes) == false)
        let longer = PieceLayout(sizeBytes: 600_001, pieceBytes: 262_144)
        #expect(book.isRight(seal, 1, longer, bytes) == false)
        let coarser = PieceLayout(sizeBytes: 600_000, pieceBytes: 524_288)
        #expect(book.isRight(seal, 1, coarser, bytes) == false)
        let content = try Digest(.sha256, hex: String(repeating: "cd", count: 32))
        let other = SealBook(try identity(), content: content, ticket: "t")
        #expect(words(other.take(seed, try proof(of: content))) == "new")
        #expect(other.isRight(seal, 1, layout, bytes) == false)
        #expect(other.isRight(try other.seal(1, layout, bytes), 1, layout, bytes) == true)
        let renamed = PieceSeal(seed: try HostName("compute-2"), signature: seal.signature)
        #expect(book.isRight(renamed, 1, layout, bytes) == nil)
    }

    @Test func aSealsFieldIsReadWithinBoundsOrRefused() throws {
        let seal = try book().seal(1, PieceLayout(sizeBytes: 3, pieceBytes: 262_144), [1, 2, 3])
        #expect(PieceSeal(field: seal.field) == seal)
        var (read, same) = (0, 0)
        for number in 0..<20_000 as Range<UInt64> {
            var random = SplitMix(seed: number)
            let field = String(decoding: random.mutated(Array(seal.field.utf8)), as: UTF8.self)
            guard let found = PieceSeal(field: field) else { continue }
            read += 1
            if found == seal { same += 1 }
            #expect(PieceSeal(field: found.field) == found && found.field.utf8.count <= 2_048, "\(number)")
        }
        #expect(read > 1_000 && same < read, "changes that leave nothing to be read prove nothing: \(read)")
        #expect(PieceSeal(field: "compute-1 " + String(repeating: "A", count: 2_040)) == nil)
    }

    /// Whatever is around it or wrong with it: the seed's certificate as it is, or nothing.
    @Test func aProofWithChangesIsTheProofOrNone() throws {
        let clean = try proof()
        var taken = 0
        for number in 0..<1_000 as Range<UInt64> {
            var random = SplitMix(seed: number)
            let changed = { (text: String) in
                String(decoding: random.mutated(Array(text.utf8)), as: UTF8.self)
            }
            let proof =
                number % 2 == 0
                ? SealBook.Proof(certificate: changed("head\n" + clean.certificate), warrant: clean.warrant)
                : SealBook.Proof(
                    certificate: clean.certificate,
                    warrant: SeedWarrant(
                        certificate: changed("head\n" + clean.warrant.certificate),
                        signature: clean.warrant.signature
                    )
                )
            guard case .new(let shown) = try book().take(seed, proof) else { continue }
            taken += 1
            #expect(shown == clean, "\(number)")
        }
        #expect(taken > 0 && taken < 500, "\(taken)")
    }

    /// An agent's gate takes the service's certificate by its common name, too: so do those whom it vouches to.
    @Test func theServiceIsKnownByTheNamesThatTheGateKnows() throws {
        _ = try certificates.make("service", dns: ["controller"])
        #expect(words(try book().take(seed, try proof())) == "new")
        _ = try certificates.make("controller", dns: ["controller", "service"])
        #expect(words(try book().take(seed, try proof(by: "controller"))) == "new")
        _ = try certificates.make("controller")
        #expect(words(try book().take(seed, try proof(by: "controller"))) == "wrong")
        #expect(words(try book().take(seed, try proof(by: "compute-1"))) == "wrong")
    }

    /// Orders and lines have room for so much.
    @Test func aChainThatNobodyTakesIsAFlaw() throws {
        _ = try certificates.make(
            "compute-1",
            dns: ["compute-1"] + (0..<900).map { "compute-1.\($0).example" }
        )
        let long = try text("compute-1.pem")
        #expect(long.utf8.count > RelayLine.longestCertificate)
        #expect(try identity().flaw?.contains("longer than 16384 bytes") == true)
        _ = try certificates.make("compute-1")
        #expect(words(try book().take(seed, try proof(long))) == "wrong")
    }

    @Test func anotherCertificatesKeyIsAFlaw() throws {
        #expect(try identity().flaw == nil)
        #expect(try identity(key: "service.key").flaw == "its key is another one")
    }
}
