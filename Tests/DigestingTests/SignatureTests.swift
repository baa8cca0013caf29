import TestSupport
import Testing

@testable import Digesting

@Suite struct SignatureTests {
    private let folder = TemporaryFolder()

    private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// An authority and a certificate of it for a host.
    private func make(_ authority: String, _ host: String, _ kind: [String]) throws {
        try ChildProcess.run(
            [
                "openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=\(authority)", "-keyout",
                path("ca.key"),
            ]
                + ["-newkey", "rsa:2048", "-out", path("\(authority).pem")]
        )
        try ChildProcess.run(
            [
                "openssl", "req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=x", "-keyout",
                path("\(host).key"),
            ] + kind
                + [
                    "-addext", "subjectAltName=DNS:\(host)", "-CA", path("\(authority).pem"), "-CAkey",
                    path("ca.key"),
                ]
                + ["-out", path("\(host).pem")]
        )
    }

    @Test(arguments: [
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-newkey", "rsa:2048"],
        ["-newkey", "ed25519"],
    ])
    func whatAKeySignedItsCertificateKnows(kind: [String]) throws {
        try make("ca", "compute-1", kind)
        let key = try SigningKey(pem: folder.read("compute-1.key"))
        let certificate = try SignerCertificate(
            pem: folder.read("compute-1.pem"),
            authorities: TrustedAuthorities(file: path("ca.pem"))
        )
        let signature = try key.sign(Array("piece".utf8))
        #expect(certificate.hasSigned(Array("piece".utf8), signature))
        #expect(!certificate.hasSigned(Array("Piece".utf8), signature))
        #expect(!certificate.hasSigned(Array("piece".utf8), signature.map { $0 ^ 1 }))
        #expect(!certificate.hasSigned(Array("piece".utf8), []))
        #expect(certificate.names("compute-1") && !certificate.names("compute-2") && !certificate.names(""))
    }

    @Test func anotherAuthoritysCertificateIsNotTrusted() throws {
        try make("ca", "compute-1", ["-newkey", "ed25519"])
        try make("other", "compute-2", ["-newkey", "ed25519"])
        for (name, authority) in [("compute-1.pem", "other.pem"), ("compute-2.pem", "ca.pem")] {
            let error = #expect(throws: DigestError.self) {
                try SignerCertificate(
                    pem: folder.read(name),
                    authorities: TrustedAuthorities(file: path(authority))
                )
            }
            #expect(error?.description.hasPrefix("the certificate isn't trusted: ") == true)
        }
    }

    @Test func whatIsNeitherKeyNorCertificateIsSaidToBe() throws {
        #expect(throws: DigestError.self) { try SigningKey(pem: Array("x".utf8)) }
        #expect(throws: DigestError.self) { try CertificateChain(pem: []) }
        #expect(throws: DigestError.self) { try TrustedAuthorities(file: "/no/such") }
    }

    /// A file may have the private key beside its certificates, as TLS takes it.
    @Test func ofATextOnlyItsCertificatesAreShown() throws {
        try make("ca", "compute-1", ["-newkey", "ed25519"])
        let (own, ca) = (folder.read("compute-1.pem"), folder.read("ca.pem"))
        let mixed = Array("words\n".utf8) + folder.read("compute-1.key") + own + folder.read("ca.key") + ca
        let chain = try CertificateChain(pem: mixed)
        #expect(Array(chain.pem.utf8) == own + ca)
        #expect(chain.isOf(try SigningKey(pem: mixed)))
        #expect(!chain.isOf(try SigningKey(pem: folder.read("ca.key"))))
        #expect(try CertificateChain(pem: Array(chain.pem.utf8)).pem == chain.pem)
        #expect(try CertificateChain(pem: own + ca + ca + ca).pem.utf8.count == own.count + 3 * ca.count)
        #expect(throws: DigestError.self) { try CertificateChain(pem: own + ca + ca + ca + ca) }
        #expect(throws: DigestError.self) { try CertificateChain(pem: folder.read("ca.key")) }
    }

    /// The common name counts beside DNS names, other than in TLS: an agent takes orders from either.
    @Test func itShowsItsCommonNameAndItsDNSNames() throws {
        try make("ca", "compute-1", ["-newkey", "ed25519"])
        let certificate = try SignerCertificate(
            pem: folder.read("compute-1.pem"),
            authorities: TrustedAuthorities(file: path("ca.pem"))
        )
        #expect(certificate.shows("x") && certificate.shows("compute-1"))
        #expect(!certificate.names("x"), "as TLS goes by")
        for name in ["", "X", "compute-", "compute-11", "ca"] { #expect(!certificate.shows(name)) }
    }

    @Test func aRenewedCertificateMayHaveItsOldKey() throws {
        func certificate() throws -> SignerCertificate {
            try SignerCertificate(
                pem: folder.read("compute-1.pem"),
                authorities: TrustedAuthorities(file: path("ca.pem"))
            )
        }
        try make("ca", "compute-1", ["-newkey", "ed25519"])
        let first = try certificate()
        try make("ca", "compute-1", ["-key", path("compute-1.key")])
        let (renewed, again) = (try certificate(), first)
        #expect(
            renewed.hasKey(of: first) && again.hasKey(of: renewed) && renewed.chain.pem != first.chain.pem
        )
        try make("ca", "compute-1", ["-newkey", "ed25519"])
        #expect(!(try certificate().hasKey(of: first)))
    }
}
