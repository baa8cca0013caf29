import Glibc
import HTTPServing
import HTTPTypes
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TLSTests {
    /// Tells who called.
    private let whoami = ClosureHandler { request in
        let certificate = request.peer.certificate
        let names = certificate?.dnsNames.joined(separator: ",") ?? "-"
        return Response(body: .bytes(Array("\(certificate?.commonName ?? "-") \(names)".utf8)))
    }

    private func curl(
        _ server: TestServer,
        _ certificates: Certificates,
        _ more: [String] = []
    ) async throws -> Command {
        try await Command.run(
            ["curl", "-sS", "--cacert", certificates.path("ca.pem"), "--max-time", "20"] + more
                + [
                    "https://localhost:\(server.address.port)/x", "--resolve",
                    "localhost:\(server.address.port):127.0.0.1",
                ]
        )
    }

    @Test(arguments: ["--tlsv1.3", "--tls-max=1.2"])
    func curlGetsItsAnswerOverTLSLargeBodiesInBothDirectionsToo(version: String) async throws {
        let certificates = try await Certificates()
        let flags = version.split(separator: "=").map(String.init)
        try await TestServer.run(tls: certificates.configuration()) { server in
            let plain = try await Command.run(
                ["curl", "-sS", "--cacert", certificates.path("ca.pem")] + flags
                    + [
                        "https://localhost:\(server.address.port)/a",
                        "https://localhost:\(server.address.port)/b",
                    ]
            )
            #expect(plain.output == "GET /a GET /b ", "\(plain.errors)")
            let file = certificates.path("big")
            try await Self.write(3_000_000, to: file)
            let big = try await Command.run(
                ["curl", "-sS", "--cacert", certificates.path("ca.pem")] + flags
                    + ["--data-binary", "@\(file)", "https://localhost:\(server.address.port)/"]
            )
            #expect(big.output.utf8.count == 3_000_007, "\(big.errors)")
        }
    }

    @Test func handshakesThatStallAreBoundedByAddressAndGiveTheirPlacesBack() async throws {
        let certificates = try await Certificates()
        var limits = ServerLimits()
        limits.handshakesPerPeer = 4
        limits.handshakeTimeout = .seconds(600)
        try await TestServer.run(limits: limits, tls: certificates.configuration()) { server in
            // A record's head and a byte: the rest of the hello never comes.
            let stalled = try IdleSockets(4, to: server.address, saying: "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}")
            #expect(try await RawClient(server.address).receiveAll() == "", "one more is closed at once")
            stalled.close()
            var answer = try await curl(server, certificates)
            for _ in 0..<100 where answer.status != 0 {
                try await server.pause()
                answer = try await curl(server, certificates)
            }
            // Handshakes that ended count no more: many can follow each other.
            for _ in 0..<6 { #expect(try await curl(server, certificates).output == "GET /x ") }
        }
    }

    @Test func tlsBelow12IsRefused() async throws {
        let certificates = try await Certificates()
        try await TestServer.run(tls: certificates.configuration()) { server in
            let old = try await curl(
                server,
                certificates,
                ["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"]
            )
            #expect(old.status == 35)
        }
    }

    @Test func anOptionalClientCertificateIsAskedForCheckedAndTold() async throws {
        let certificates = try await Certificates()
        try await TestServer.run(tls: certificates.configuration(.optional), handler: whoami) { server in
            let none = try await curl(server, certificates)
            #expect(none.output == "- -", "\(none.errors)")
            let shown = try await curl(
                server,
                certificates,
                ["--cert", certificates.path("client.pem"), "--key", certificates.path("client.key")]
            )
            #expect(shown.output == "client client.example,second.example", "\(shown.errors)")
            let stranger = try await curl(
                server,
                certificates,
                [
                    "--cert", certificates.path("stranger.pem"), "--key",
                    certificates.path("stranger.key"),
                ]
            )
            #expect(stranger.status != 0)
            #expect(stranger.output == "")
        }
    }

    @Test func withoutARequiredClientCertificateThereIsNoAnswer() async throws {
        let certificates = try await Certificates()
        try await TestServer.run(tls: certificates.configuration(.required), handler: whoami) { server in
            for flag in ["--tlsv1.3", "--tlsv1.2"] {
                let none = try await curl(
                    server,
                    certificates,
                    [flag, "--tls-max", String(flag.dropFirst(6))]
                )
                #expect(none.status != 0)
                #expect(none.output == "")
            }
            let shown = try await curl(
                server,
                certificates,
                ["--cert", certificates.path("client.pem"), "--key", certificates.path("client.key")]
            )
            #expect(shown.output == "client client.example,second.example", "\(shown.errors)")
            #expect(server.records.count == 1)
        }
    }

    @Test func certificatesAreReloadedConnectionsThatAreOpenGoOn() async throws {
        let certificates = try await Certificates()
        let signals = Signals()
        let handler = ClosureHandler { _ in
            Response(
                body: .stream(length: nil, endless: false) { writer in
                    try await writer.write(Array("begun ".utf8))
                    await signals.send("begun")
                    await signals.wait("go on")
                    try await writer.write(Array("done".utf8))
                }
            )
        }
        try await TestServer.run(tls: certificates.configuration(), handler: handler) { server in
            let open = Task { try await curl(server, certificates) }
            await signals.wait("begun")
            try await certificates.renewServer()
            try server.server.reloadCertificates()
            let shown = try await names(server)
            #expect(shown.contains("renewed.example"))
            unlink(certificates.path("server.key"))
            #expect(throws: ServerError.self) { try server.server.reloadCertificates() }
            #expect(try await names(server).contains("renewed.example"))
            await signals.send("go on")
            #expect(try await open.value.output == "begun done")
        }
    }

    private func names(_ server: TestServer) async throws -> String {
        let script =
            "openssl s_client -connect 127.0.0.1:\(server.address.port) </dev/null 2>/dev/null"
            + " | openssl x509 -noout -ext subjectAltName"
        return try await Command.run(["sh", "-c", script]).output
    }

    @Test(arguments: ["-tls1_3", "-tls1_2"])
    func sessionsAreResumed(version: String) async throws {
        let certificates = try await Certificates()
        let session = certificates.path("session")
        try await TestServer.run(tls: certificates.configuration()) { server in
            // TLS 1.3 sends the ticket behind the handshake, so a request makes the client wait for it.
            let request = "printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'"
            let client = "openssl s_client -ign_eof \(version) -connect 127.0.0.1:\(server.address.port)"
            let first = try await Command.run(["sh", "-c", "\(request) | \(client) -sess_out \(session)"])
            #expect(first.output.contains("New, TLSv1"))
            let second = try await Command.run(["sh", "-c", "\(request) | \(client) -sess_in \(session)"])
            #expect(second.output.contains("Reused, TLSv1"))
            #expect(second.output.contains("HTTP/1.1 200 OK"))
        }
    }

    @Test(arguments: ["-tls1_3", "-tls1_2"])
    func aClientThatGoesOnWithItsSessionIsStillKnown(version: String) async throws {
        let certificates = try await Certificates()
        let session = certificates.path("session")
        try await TestServer.run(tls: certificates.configuration(.required), handler: whoami) { server in
            let request = "printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'"
            let client = "openssl s_client -ign_eof \(version) -connect 127.0.0.1:\(server.address.port)"
            let own = "-cert \(certificates.path("client.pem")) -key \(certificates.path("client.key"))"
            let first = try await Command.run([
                "sh", "-c", "\(request) | \(client) \(own) -sess_out \(session)",
            ])
            #expect(first.output.contains("client client.example,second.example"))
            // Without the certificate: the session alone says whose it is.
            let second = try await Command.run(["sh", "-c", "\(request) | \(client) -sess_in \(session)"])
            #expect(second.output.contains("Reused, TLSv1"))
            #expect(second.output.contains("client client.example,second.example"))
        }
    }

    @Test func aClientThatSpeaksNoTLSOrStallsInTheHandshakeIsClosed() async throws {
        let certificates = try await Certificates()
        var limits = ServerLimits()
        limits.handshakeTimeout = .milliseconds(50)
        try await TestServer.run(limits: limits, tls: certificates.configuration()) { server in
            #expect(try await !RawClient(server.address).exchange("GET / HTTP/1.1\r\n\r\n").contains("HTTP/"))
            #expect(try await RawClient(server.address).receiveAll() == "")
            #expect(try await RawClient(server.address).exchange("\u{16}\u{03}\u{01}") == "")
            try await server.wait { server.server.connectionCount == 0 }
        }
    }

    @Test func filesThatCannotBeUsedAreNamed() async throws {
        let certificates = try await Certificates()
        var configuration = certificates.configuration()
        configuration.keyPath = certificates.path("client.key")
        let mismatch = try await TestServer.failure(ServerConfiguration(port: 0, tls: configuration))
        #expect(mismatch?.code == .badCertificate)
        #expect(mismatch?.message.contains(certificates.path("client.key")) == true)
        #expect(mismatch?.message.contains("key values mismatch") == true)
        configuration.certificatePath = certificates.path("missing.pem")
        let missing = try await TestServer.failure(ServerConfiguration(port: 0, tls: configuration))
        #expect(missing?.message.contains(certificates.path("missing.pem")) == true)
        var clients = certificates.configuration(.required)
        clients.clientCAPath = nil
        #expect(
            try await TestServer.failure(ServerConfiguration(port: 0, tls: clients))?.code == .badCertificate
        )
    }

    private static func write(_ count: Int, to path: String) async throws {
        let command = try await Command.run(["sh", "-c", "head -c \(count) /dev/zero > \(path)"])
        try #require(command.status == 0)
    }
}
