import HTTPFetching
import HTTPTypes
import TestSupport
import Testing

/// Connections that wait for the next request, and TLS sessions for where none waits.
@Suite(.timeLimit(.minutes(10)))
struct KeptConnectionTests {
    private static func keeping(_ count: Int = 100, _ idle: Duration = .seconds(600)) -> FetcherConfiguration
    {
        FetcherConfiguration(idleConnections: count, idleTime: idle)
    }

    /// Answers each request with the connection's number.
    private static func answer(_ connection: ServerConnection) {
        while connection.readRequest() != nil { connection.respond(body: "\(connection.number)") }
    }

    @Test func theNextRequestGetsTheConnection() async throws {
        let server = try ScriptedServer(Self.answer)
        defer { server.stop() }
        try await withFetcher(Self.keeping()) { fetcher in
            for _ in 0..<5 {
                let request = FetchRequest(method: .put, url: server.url, body: Array("body".utf8))
                let text = try await fetcher.text(request)
                #expect(text == "0")
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test func aKeptConnectionThatTheServerClosedCostsNothing() async throws {
        let server = try ScriptedServer { connection in
            if connection.readRequest() != nil { connection.respond(body: "\(connection.number)") }
        }
        defer { server.stop() }
        try await withFetcher(Self.keeping()) { fetcher in
            for number in 0..<20 {
                let request = FetchRequest(method: .put, url: server.url, body: Array("body".utf8))
                let text = try await fetcher.text(request)
                #expect(text == "\(number)")
            }
        }
    }

    @Test(arguments: [false, true])
    func oneThatIsClosedUnderTheNextRequestCostsNothingEither(isReset: Bool) async throws {
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.respond(body: "\(connection.number)")
            if connection.readRequest() != nil, isReset { connection.reset() }
        }
        defer { server.stop() }
        try await withFetcher(Self.keeping()) { fetcher in
            for number in 0..<3 {
                let request = FetchRequest(method: .put, url: server.url, body: Array("body".utf8))
                let text = try await fetcher.text(request)
                #expect(text == "\(number)")
            }
        }
    }

    @Test func oneThatWaitsTooLongIsClosed() async throws {
        let closed = TestEvent<Void>()
        let server = try ScriptedServer { connection in
            Self.answer(connection)
            closed.fire()
        }
        defer { server.stop() }
        try await withFetcher(Self.keeping(100, .milliseconds(300))) { fetcher in
            let first = try await fetcher.text(FetchRequest(url: server.url))
            await closed.wait()
            let second = try await fetcher.text(FetchRequest(url: server.url))
            #expect([first, second] == ["0", "1"])
        }
    }

    @Test func beyondTheirNumberTheOldestGoes() async throws {
        let closed = TestEvent<Void>()
        let first = try ScriptedServer { connection in
            Self.answer(connection)
            closed.fire()
        }
        let others = try (0..<2).map { _ in try ScriptedServer(Self.answer) }
        defer { for server in others + [first] { server.stop() } }
        try await withFetcher(Self.keeping(2)) { fetcher in
            for server in [first] + others {
                let text = try await fetcher.text(FetchRequest(url: server.url))
                #expect(text == "0")
            }
            await closed.wait()
            for server in others {
                let text = try await fetcher.text(FetchRequest(url: server.url))
                #expect(text == "0", "it was kept")
            }
        }
    }

    @Test func noneIsKeptWhereNoneIsWanted() async throws {
        let server = try ScriptedServer(Self.answer)
        defer { server.stop() }
        try await withFetcher(Self.keeping(0)) { fetcher in
            for number in 0..<3 {
                let text = try await fetcher.text(FetchRequest(url: server.url))
                #expect(text == "\(number)")
            }
        }
    }

    @Test func theEndOfABodyThatNobodyReadsMayStillCome() async throws {
        let letGo = Latch()
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            guard connection.number == 0 else {
                connection.respond(headers: ["Connection: close"], body: "\(connection.number)")
                return
            }
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nline\r\n")
            letGo.wait()
            connection.write("0\r\n\r\n")
            Self.answer(connection)
        }
        defer { server.stop() }
        try await withFetcher(Self.keeping()) { fetcher in
            try await Self.readFirst(FetchRequest(url: server.url), fetcher)
            letGo.open()
            var isKept = false
            for _ in 0..<10_000 where !isKept {
                isKept = try await fetcher.text(FetchRequest(url: server.url)) == "0"
            }
            #expect(isKept)
        }
    }

    @Test func aBodyThatNobodyReadsAndThatNeverEndsIsCutOff() async throws {
        let closed = TestEvent<Void>()
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nline\r\n")
            connection.waitUntilClosed()
            closed.fire()
        }
        defer { server.stop() }
        try await withFetcher(Self.keeping()) { fetcher in
            try await Self.readFirst(FetchRequest(url: server.url), fetcher)
            await closed.wait()
        }
    }

    /// Reads the first element of a body, and lets go of the rest.
    private static func readFirst(_ request: FetchRequest, _ fetcher: HTTPFetcher) async throws {
        let response = try await fetcher.fetch(request)
        for try await bytes in response.body {
            #expect(bytes == Array("line".utf8))
            break
        }
    }
}

/// `openssl s_server` says of each connection whether it went on with a session.
@Suite(.timeLimit(.minutes(10)))
struct TLSSessionTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    private func identity(_ name: String) throws -> ClientTLS {
        let files = try certificates.make(name)
        return ClientTLS(
            caFile: certificates.authority,
            certificateFile: files.certificate,
            keyFile: files.key
        )
    }

    private func request(_ server: TLSServer, _ tls: ClientTLS, name: String = "host-1") -> FetchRequest {
        FetchRequest(
            url: "https://\(name):7701/",
            tls: tls,
            connectTo: .init(address: "127.0.0.1", port: server.port)
        )
    }

    @Test(arguments: [[], ["-tls1_2"]])
    func theNextConnectionGoesOnWithTheSessionOfThatIdentityAlone(options: [String]) async throws {
        let server = try TLSServer(
            certificates.make("host-1"),
            clientAuthority: certificates.authority,
            options: options
        )
        let (one, two) = (try identity("one"), try identity("two"))
        try await withFetcher(FetcherConfiguration(tlsSessions: 10)) { fetcher in
            let first = try await fetcher.text(request(server, one))
            #expect(first.contains("\nNew, TLSv1") && first.contains("CN=one"))
            for _ in 0..<3 {
                let next = try await fetcher.text(request(server, one))
                #expect(next.contains("\nReused, TLSv1") && next.contains("CN=one"))
            }
            let other = try await fetcher.text(request(server, two))
            #expect(other.contains("\nNew, TLSv1") && other.contains("CN=two"))
        }
    }

    @Test func aSessionIsNoGoodForAnotherName() async throws {
        let server = try TLSServer(certificates.make("host-1"), clientAuthority: certificates.authority)
        let tls = try identity("precached")
        try await withFetcher(FetcherConfiguration(tlsSessions: 10)) { fetcher in
            _ = try await fetcher.text(request(server, tls))
            let error = await failure(of: request(server, tls, name: "host-2"), with: fetcher)
            #expect(error?.code == .tls && error?.retry == .permanent)
        }
    }

    @Test func aServerThatKnowsTheSessionNoLongerIsProvedAnew() async throws {
        let files = try certificates.make("host-1")
        let before = try TLSServer(files, clientAuthority: certificates.authority)
        let after = try TLSServer(files, clientAuthority: certificates.authority)
        let tls = try identity("precached")
        try await withFetcher(FetcherConfiguration(tlsSessions: 10)) { fetcher in
            _ = try await fetcher.text(request(before, tls))
            for state in ["New", "Reused"] {
                let text = try await fetcher.text(request(after, tls))
                #expect(text.contains("\n\(state), TLSv1"))
            }
        }
    }

    @Test func theOldestSessionGoesFirst() async throws {
        let tls = try identity("precached")
        let servers = try ["host-1", "host-2"].map { name in
            (name, try TLSServer(certificates.make(name), clientAuthority: certificates.authority))
        }
        try await withFetcher(FetcherConfiguration(tlsSessions: 1)) { fetcher in
            for (name, server) in servers + servers {
                let text = try await fetcher.text(request(server, tls, name: name))
                #expect(text.contains("\nNew, TLSv1"))
            }
            let (name, server) = servers[1]
            let text = try await fetcher.text(request(server, tls, name: name))
            #expect(text.contains("\nReused, TLSv1"))
        }
    }
}
