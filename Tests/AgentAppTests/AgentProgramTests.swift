import FoundationEssentials
import HTTPFetching
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel
import PullWork
import Reactor
import Settings
import TestSupport
import Testing

@testable import AgentApp

@Suite struct AgentProgramTests {
    private func load(_ arguments: [String], environment: [String: String] = [:]) throws -> SettingsValues {
        try AgentSettings.schema.load(file: nil, environment: environment, arguments: arguments)
    }

    /// Only a certificate that neighbours take makes a host one that takes part in exchanges; what is wrong of it is told once.
    @Test(arguments: [
        (nil, "compute-1", nil), ("serverAuth,clientAuth", "compute-1", nil),
        ("serverAuth", "compute-1", "isn't good for both a server and a client"),
        ("clientAuth", "compute-1", "isn't good for both a server and a client"),
        (nil, "compute-2", "doesn't name compute-2"),
    ])
    func itTakesPartInExchangesWhereItsCertificateServesBothSides(
        usage: String?,
        host: String,
        flaw: String?
    ) throws {
        let certificates = try TestCertificates()
        let (certificate, key) = try certificates.make("compute-1", usage: usage)
        let arguments = [
            "--host", host, "--listen-tls-certificate", certificate, "--listen-tls-key", key,
            "--listen-tls-client-ca", certificates.authority, "--cache-directory", certificates.directory,
        ]
        let options = try AgentOptions(load(arguments))
        #expect((options.pull.mesh?.identity == nil) == (flaw != nil))
        #expect(options.warnings.count == (flaw == nil ? 0 : 1), "\(options.warnings)")
        if let flaw { #expect(options.warnings.first?.contains(flaw) == true, "\(options.warnings)") }
        #expect(AgentProgram.capabilities(options) == (flaw == nil ? ["relay-1"] : []))
        let off = try AgentOptions(load(arguments + ["--peers-enabled", "false"]))
        #expect(off.pull.mesh == nil && off.warnings.isEmpty && AgentProgram.capabilities(off).isEmpty)
        // Whoever gives nothing would be a seed that reads the source for nobody.
        let mute = try AgentOptions(load(arguments + ["--peers-upload-bytes-per-second", "0"]))
        #expect(mute.pull.mesh == nil && AgentProgram.capabilities(mute).isEmpty)
        #expect(mute.warnings.map { $0.contains("peers.upload_bytes_per_second is 0") } == [true])
        let other = try TestCertificates()
        let foreign = try AgentOptions(load(arguments + ["--listen-tls-client-ca", other.authority]))
        #expect(foreign.pull.mesh?.identity == nil && foreign.warnings.count == 1)
    }

    /// A certificate that was renewed seals what is exchanged from then on; one that neighbours won't take doesn't.
    @Test func aRenewedCertificateIsTakenForExchanges() throws {
        let certificates = try TestCertificates()
        let (certificate, key) = try certificates.make("compute-1")
        let options = try AgentOptions(
            load([
                "--host", "compute-1", "--listen-tls-certificate", certificate, "--listen-tls-key", key,
                "--listen-tls-client-ca", certificates.authority, "--cache-backend", "none",
                "--listen-port", "0",
            ])
        )
        let mesh = try #require(options.pull.mesh)
        let (program, first) = (try AgentProgram(options), mesh.identity?.certificate)
        _ = try certificates.make("compute-1", usage: "serverAuth")
        program.reload()
        #expect(mesh.identity?.certificate == first)
        _ = try certificates.make("compute-1", usage: "serverAuth,clientAuth")
        program.reload()
        #expect(mesh.identity?.certificate != first && mesh.identity != nil)
    }

    /// Whoever has the certificate and its key in one file gives nobody the key.
    @Test func itsKeyIsNoPartOfWhatItShows() throws {
        let certificates = try TestCertificates()
        let (certificate, key) = try certificates.make("compute-1")
        let plain = try String(contentsOfFile: certificate, encoding: .utf8)
        let both = try plain + String(contentsOfFile: key, encoding: .utf8)
        try both.write(toFile: certificate, atomically: true, encoding: .utf8)
        let options = try AgentOptions(
            load([
                "--host", "compute-1", "--listen-tls-certificate", certificate, "--listen-tls-key",
                certificate,
                "--listen-tls-client-ca", certificates.authority,
            ])
        )
        #expect(options.pull.mesh?.identity?.certificate == plain && options.warnings.isEmpty)
    }

    /// A host whose certificate was good for nothing at the start takes part once it is mended.
    @Test func aMendedCertificateBringsItIntoExchanges() throws {
        let certificates = try TestCertificates()
        let (certificate, key) = try certificates.make("compute-1", usage: "serverAuth")
        let options = try AgentOptions(
            load([
                "--host", "compute-1", "--listen-tls-certificate", certificate, "--listen-tls-key", key,
                "--listen-tls-client-ca", certificates.authority, "--cache-backend", "none",
                "--listen-port", "0",
            ])
        )
        let program = try AgentProgram(options)
        #expect(options.warnings.count == 1 && AgentProgram.capabilities(options).isEmpty)
        _ = try certificates.make("compute-1", usage: "serverAuth,clientAuth")
        program.reload()
        #expect(AgentProgram.capabilities(options) == ["relay-1"])
    }

    @Test func aKeyThatCannotBeReadIsNamedInPlainWords() throws {
        let certificates = try TestCertificates()
        let (certificate, key) = try certificates.make("compute-1")
        let options = try AgentOptions(
            load([
                "--host", "compute-1", "--listen-tls-certificate", certificate, "--listen-tls-key",
                key + ".gone",
                "--listen-tls-client-ca", certificates.authority,
            ])
        )
        #expect(options.warnings.count == 1)
        let told = "listen.tls.key \(key).gone cannot be read: No such file or directory; mend that"
        #expect(options.warnings.first?.contains(told) == true, "\(options.warnings)")
    }

    @Test func whatItGivesToOthersIsBoundedAsSet() throws {
        let usual = try AgentOptions(load([]))
        #expect(usual.uploads == 12 && usual.uploadRate == 125_000_000)
        let certificates = try TestCertificates()
        let (certificate, key) = try certificates.make("compute-1")
        let options = try AgentOptions(
            load([
                "--host", "compute-1", "--listen-tls-certificate", certificate, "--listen-tls-key", key,
                "--listen-tls-client-ca", certificates.authority, "--peers-neighbours", "3",
                "--peers-serve-seconds", "7", "--peers-max-uploads", "2", "--peers-upload-bytes-per-second",
                "5000",
            ])
        )
        #expect(options.uploads == 2 && options.uploadRate == 5_000)
        #expect(options.pull.mesh?.neighbours == 3 && options.pull.mesh?.serve == .seconds(7))
    }

    @Test func beyondTheLoopbackItNeedsAuthentication() throws {
        for address in ["0.0.0.0", "::", "192.0.2.1"] {
            let values = try load(["--listen-address", address])
            let error = #expect(throws: AgentStartError.self) { try AgentOptions(values) }
            #expect(error?.description.contains("set token, or listen.tls.client_ca") == true)
        }
        _ = try AgentOptions(load(["--listen-address", "::1"]))
        _ = try AgentOptions(
            load(
                ["--listen-address", "0.0.0.0", "--listen-plain-token", "true"],
                environment: ["PRECACHE_AGENT_TOKEN": String(repeating: "s", count: 32)]
            )
        )
    }

    @Test func aTokenCrossesNoNetworkInClearTextUnlessThatIsAskedFor() throws {
        let token = ["PRECACHE_AGENT_TOKEN": String(repeating: "s", count: 32)]
        for address in ["0.0.0.0", "::", "192.0.2.1"] {
            let error = #expect(throws: AgentStartError.self) {
                try AgentOptions(load(["--listen-address", address], environment: token))
            }
            #expect(error?.description.contains("listen.plain_token = true") == true)
            #expect(error?.description.contains("listen.tls.client_ca") == true)
            let tls = ["--listen-tls-certificate", "/c", "--listen-tls-key", "/k"]
            _ = try AgentOptions(load(["--listen-address", address] + tls, environment: token))
        }
        for address in ["127.0.0.1", "127.9.9.9", "::1", "localhost"] {
            _ = try AgentOptions(load(["--listen-address", address], environment: token))
        }
    }

    @Test func theFleetsSecretOnAHostIsToldAndAHostsTokenIsNot() throws {
        func warnings(_ token: String) throws -> [String] {
            try AgentOptions(load(["--host", "compute-1"], environment: ["PRECACHE_AGENT_TOKEN": token]))
                .warnings
        }
        let own = try #require(HostToken(secret: "s", host: HostName("compute-1")))
        #expect(try warnings(own.text).isEmpty)
        #expect(try AgentOptions(load([])).warnings.isEmpty)
        let told = try warnings(String(repeating: "s", count: 32))
        #expect(told.count == 1)
        #expect(told[0].hasPrefix("token is the fleet's secret"))
        #expect(told[0].contains("`precached token agent --host compute-1`"))
        // A host's token that was cut short is none.
        #expect(try warnings(String(own.text.dropLast())).count == 1)
        let short = try warnings(String(repeating: "s", count: 31))
        #expect(short.count == 2 && short[0].hasPrefix("token has 31 characters"))
        let error = #expect(throws: AgentStartError.self) { try warnings(String(repeating: "s", count: 15)) }
        #expect(error?.description.contains("`openssl rand -hex 32`") == true)
    }

    @Test func halfACertificateIsRefused() throws {
        for flag in ["--listen-tls-certificate", "--listen-tls-key", "--listen-tls-client-ca"] {
            let values = try load([flag, "/x"])
            #expect(throws: AgentStartError.self) { try AgentOptions(values) }
        }
    }

    @Test func aMissingDirectoryIsNamed() throws {
        let values = try load(["--cache-directory", "/nonexistent/cache"])
        let error = #expect(throws: AgentStartError.self) { _ = try AgentProgram(values) }
        #expect(error?.description.hasPrefix("cache.directory /nonexistent/cache can't be used:") == true)
    }

    @Test func theWholeAgentServesAndBeatsAndStops() async throws {
        let folder = TemporaryFolder()
        let beaten = Latch()
        let service = StepServer { _ in [.tell(beaten)] + StepServer.response("204 No Content") }
        let values = try load(
            [
                "--cache-directory", folder.path, "--listen-port", "0", "--host", "compute-1",
                "--service-url",
                service.url("/"),
            ],
            environment: ["PRECACHE_AGENT_SERVICE_TOKEN": "beat"]
        )
        try await serveOnce(values, service, beaten)
        // The directory is free again.
        let next = try AgentProgram(values)
        _ = try await next.start()
        await next.stop()
    }

    private func serveOnce(_ values: SettingsValues, _ service: StepServer, _ beaten: Latch) async throws {
        let agent = try AgentProgram(values)
        let bound = try await agent.start()
        await beaten.opened()
        let head = try #require(service.requests.first)
        #expect(head.hasPrefix("PUT /v1/hosts/compute-1/heartbeat HTTP/1.1\r\n"))
        #expect(head.contains("Authorization: Bearer beat\r\n"))
        let loop = try EventLoop(name: "client")
        defer { loop.stop() }
        let fetcher = try HTTPFetcher(loop: loop)
        let answer = try await fetcher.fetch(FetchRequest(url: "http://127.0.0.1:\(bound.port)/readyz"))
        #expect(answer.status == .ok)
        #expect(try await answer.body.collect(upTo: 100) == Array("ok\n".utf8))
        await fetcher.stop()
        await agent.stop()
    }
}
