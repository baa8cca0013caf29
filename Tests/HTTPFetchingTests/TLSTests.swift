import FoundationEssentials
import HTTPFetching
import HTTPTypes
import Logging
import Reactor
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TLSTests {
    private let certificates: TestCertificates

    init() throws {
        certificates = try TestCertificates()
    }

    private func request(_ server: TLSServer, _ tls: ClientTLS, name: String = "host-1") -> FetchRequest {
        FetchRequest(
            url: "https://\(name):7701/",
            tls: tls,
            connectTo: .init(address: "127.0.0.1", port: server.port)
        )
    }

    @Test func trustsAPrivateAuthorityForTheNameInTheURL() async throws {
        let server = try TLSServer(certificates.make("host-1"))
        try await withFetcher { fetcher in
            let request = request(server, ClientTLS(caFile: certificates.authority))
            let text = try await fetcher.text(request)
            #expect(text.contains("TLSv1.3"))
        }
    }

    @Test func refusesAnotherName() async throws {
        let server = try TLSServer(certificates.make("host-1"))
        try await withFetcher { fetcher in
            let request = request(server, ClientTLS(caFile: certificates.authority), name: "host-2")
            let error = try #require(await failure(of: request, with: fetcher))
            #expect(error.code == .tls)
            #expect(error.retry == .permanent)
            #expect(error.message.contains("host-2"))
        }
    }

    @Test func refusesAnotherAuthority() async throws {
        let server = try TLSServer(certificates.make("host-1", selfSigned: true))
        try await withFetcher { fetcher in
            for tls in [ClientTLS(caFile: certificates.authority), ClientTLS()] {
                let error = try #require(await failure(of: request(server, tls), with: fetcher))
                #expect(error.code == .tls)
                #expect(error.retry == .permanent)
                #expect(error.curlCode == 60)
            }
        }
    }

    @Test(arguments: [[], ["-tls1_2"]])
    func showsItsCertificateWhereOneIsRequired(options: [String]) async throws {
        let server = try TLSServer(
            certificates.make("host-1"),
            clientAuthority: certificates.authority,
            options: options
        )
        let client = try certificates.make("precached")
        let tls = ClientTLS(
            caFile: certificates.authority,
            certificateFile: client.certificate,
            keyFile: client.key
        )
        try await withFetcher { fetcher in
            for _ in 0..<3 {
                let text = try await fetcher.text(request(server, tls))
                #expect(text.contains("precached"))
            }
            let anonymous = ClientTLS(caFile: certificates.authority)
            let error = try #require(await failure(of: request(server, anonymous), with: fetcher))
            #expect(error.code == .tls, "\(error)")
            #expect(error.retry == .permanent)
        }
    }

    @Test func neverSharesAConnectionBetweenIdentities() async throws {
        let server = try NginxServer(certificates.make("host-1"), authority: certificates.authority)
        let one = try certificates.make("one")
        let two = try certificates.make("two")
        try await withFetcher { fetcher in
            for (name, paths) in [("one", one), ("two", two), ("one", one)] {
                let tls = ClientTLS(
                    caFile: certificates.authority,
                    certificateFile: paths.certificate,
                    keyFile: paths.key
                )
                var request = FetchRequest(url: "https://host-1:\(server.port)/who", tls: tls)
                request.connectTo = .init(address: "127.0.0.1", port: server.port)
                let text = try await fetcher.text(request)
                #expect(text == "CN=\(name)")
            }
        }
    }

    @Test func noticesAReplacedCertificate() async throws {
        let server = try TLSServer(certificates.make("host-1"), clientAuthority: certificates.authority)
        let bad = try certificates.make("precached", selfSigned: true)
        let tls = ClientTLS(
            caFile: certificates.authority,
            certificateFile: bad.certificate,
            keyFile: bad.key
        )
        try await withFetcher { fetcher in
            let before = await failure(of: request(server, tls), with: fetcher)
            #expect(before?.code == .tls)
            _ = try certificates.make("precached")
            var error: FetchError? = before
            for _ in 0..<100 where error != nil {
                error = await failure(of: request(server, tls), with: fetcher)
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(error == nil)
        }
    }

    @Test func aRenewedCertificateOfNoUseIsLoggedOnceAChange() async throws {
        let server = try TLSServer(certificates.make("host-1"), clientAuthority: certificates.authority)
        let own = try certificates.make("precached")
        let tls = ClientTLS(
            caFile: certificates.authority,
            certificateFile: own.certificate,
            keyFile: own.key
        )
        let log = LogRecord()
        let loop = try EventLoop(name: "fetch-test")
        defer { loop.stop() }
        let fetcher = try HTTPFetcher(loop: loop, logger: Logger(label: "fetch") { _ in log })
        _ = try await fetcher.text(request(server, tls))
        for (number, text) in ["no certificate", "none either"].enumerated() {
            try Data(text.utf8).write(to: URL(filePath: own.certificate))
            // Files are looked at once a second: three times.
            for _ in 0..<35 {
                let shown = try await fetcher.text(request(server, tls))
                #expect(shown.contains("precached"))
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(log.lines.count == number + 1)
            #expect(log.lines.allSatisfy { $0.contains(own.certificate) })
        }
        await fetcher.stop()
    }

    @Test func saysWhichFileIsOfNoUse() async throws {
        let server = try TLSServer(certificates.make("host-1"))
        let one = try certificates.make("one")
        let two = try certificates.make("two")
        let cases: [(ClientTLS, String)] = [
            (ClientTLS(caFile: "/nowhere/ca.pem"), "/nowhere/ca.pem"),
            (ClientTLS(certificateFile: "/nowhere/c.pem", keyFile: one.key), "/nowhere/c.pem"),
            (ClientTLS(certificateFile: one.certificate, keyFile: one.certificate), one.certificate),
            (ClientTLS(certificateFile: one.certificate, keyFile: two.key), two.key),
            (ClientTLS(certificateFile: one.certificate), "needs both"),
        ]
        try await withFetcher { fetcher in
            for (tls, words) in cases {
                let error = try #require(await failure(of: request(server, tls), with: fetcher))
                #expect(error.code == .tls)
                #expect(error.retry == .permanent)
                #expect(error.message.contains(words), "\(error)")
            }
        }
    }

    @Test func aServerThatDoesNotSpeakTLSIsNamed() async throws {
        try await withServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitUntilClosed()
        } _: { server, fetcher in
            let request = FetchRequest(url: "https://127.0.0.1:\(server.port)/")
            let error = await failure(of: request, with: fetcher)
            #expect(error?.code == .tls)
            #expect(error?.retry == .permanent)
        }
    }
}

/// What was logged, as text.
private final class LogRecord: LogHandler {
    private let record = Mutex<[String]>([])

    var lines: [String] { record.withLock { $0 } }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        record.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}
