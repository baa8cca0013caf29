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
            authorities: path("ca.pem")
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
                try SignerCertificate(pem: folder.read(name), authorities: path(authority))
            }
            #expect(error?.description.hasPrefix("the certificate isn't trusted: ") == true)
        }
    }

    @Test func whatIsNeitherKeyNorCertificateIsSaidToBe() throws {
        #expect(throws: DigestError.self) { try SigningKey(pem: Array("x".utf8)) }
        #expect(throws: DigestError.self) { try SignerCertificate(pem: [], authorities: "/no/such") }
    }
}
