import Digesting
import FoundationEssentials
import Logging
import PrecacheModel
import TestSupport
import Testing
import TextForms

@testable import ServiceApp

/// What the service signs for agents, and with which of its certificates.
@Suite struct MeshSignerTests {
    private let certificates: TestCertificates
    private let lines = LogLines()
    private let content: Digest

    init() throws {
        certificates = try TestCertificates()
        content = try Digest(.sha256, hex: String(repeating: "ab", count: 32))
        _ = try certificates.make("precached")
    }

    private func path(_ name: String) -> String { "\(certificates.directory)/\(name)" }

    private func read(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    private func write(_ text: String, _ name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    private func signer(_ file: String = "precached.pem", key: String = "precached.key") throws -> MeshSigner
    {
        try #require(
            MeshSigner(
                AgentAccess.Certificates(
                    authorities: certificates.authority,
                    certificate: path(file),
                    key: path(key)
                ),
                lines.logger,
                interval: .zero
            )
        )
    }

    /// Whether a warrant is signed with the key of the certificate in it.
    private func isSigned(_ warrant: SeedWarrant?) throws -> Bool {
        guard let warrant, let signature = Base64URL.decode(warrant.signature) else { return false }
        let message = SeedWarrant.message(
            content: content,
            ticket: Hexadecimal.encode(sha256(Array("t".utf8))),
            seed: try HostName("compute-1")
        )
        let signer = try SignerCertificate(
            pem: Array(warrant.certificate.utf8),
            authorities: TrustedAuthorities(file: certificates.authority)
        )
        return signer.hasSigned(message, signature)
    }

    private func warrant(_ signer: MeshSigner) throws -> SeedWarrant? {
        signer.warrant(content, "t", try HostName("compute-1"))
    }

    /// Certificate and key may be in one file; what agents pass on has no key.
    @Test func whatAgentsGetHasNoKey() throws {
        try write(try read("precached.key") + read("precached.pem"), "both.pem")
        let shown = try warrant(try signer("both.pem", key: "both.pem"))
        #expect(try shown?.certificate == read("precached.pem") && isSigned(shown))
    }

    @Test func aRenewedPairIsTakenByItselfOnceItIsWhole() throws {
        let signer = try signer()
        let (job, old) = (JobID.make(), try read("precached.pem"))
        let ticket = signer.ticket(job, content)
        #expect(ticket?.utf8.count == 43 && signer.ticket(job, content) == ticket)
        #expect(signer.ticket(JobID.make(), content) != ticket)
        let kept = try read("precached.key")
        _ = try certificates.make("precached")
        let (renewed, key) = (try read("precached.pem"), try read("precached.key"))
        try write(kept, "precached.key")
        #expect(try warrant(signer)?.certificate == old && isSigned(warrant(signer)))
        #expect(lines.all.count == 1, "\(lines.all)")
        try write(key, "precached.key")
        #expect(try warrant(signer)?.certificate == renewed && isSigned(warrant(signer)))
        #expect(signer.ticket(job, content) != ticket && lines.all.count == 1)
    }

    @Test func aKeyThatCannotBeReadIsNamedInPlainWords() throws {
        let signer = try signer(key: "gone.key")
        #expect(try warrant(signer) == nil)
        let told = "\(path("gone.key")) cannot be read: No such file or directory"
        #expect(lines.all.first?.facts["error"] == told, "\(lines.all)")
    }

    /// Agents would refuse the orders, with the whole task.
    @Test func withAChainThatIsTooLongNothingIsExchangedUntilItIsMended() throws {
        _ = try certificates.make("precached", dns: (0..<900).map { "precached.\($0).example" })
        let signer = try signer()
        #expect(try signer.ticket(JobID.make(), content) == nil && warrant(signer) == nil)
        #expect(lines.all.map(\.level) == [.warning], "\(lines.all)")
        _ = try certificates.make("precached")
        #expect(try signer.ticket(JobID.make(), content) != nil && isSigned(warrant(signer)))
        #expect(MeshSigner(nil, lines.logger) == nil)
    }
}
