import HTTPFetching
import HTTPTypes
import TestSupport
import Testing

/// What a bad server can do, and what it is called.
@Suite(.timeLimit(.minutes(10)))
struct FetchFaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let answer: String
        let code: FetchError.Code
        let retry: FetchError.Retry

        var testDescription: String { name }
    }

    static let faults = [
        Fault(name: "closes at once", answer: "", code: .closed, retry: .retryable),
        Fault(
            name: "closes within the head",
            answer: "HTTP/1.1 200 OK\r\nContent-",
            code: .closed,
            retry: .retryable
        ),
        Fault(
            name: "closes half way",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
            code: .closed,
            retry: .retryable
        ),
        Fault(
            name: "closes within the chunks",
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            code: .closed,
            retry: .retryable
        ),
        Fault(
            name: "sends a bad chunk length",
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            code: .protocolViolation,
            retry: .permanent
        ),
        Fault(
            name: "speaks another protocol",
            answer: "220 smtp ready\r\n",
            code: .protocolViolation,
            retry: .permanent
        ),
        Fault(
            name: "sends two lengths",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            code: .protocolViolation,
            retry: .permanent
        ),
        Fault(
            name: "sends a length that is none",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nab",
            code: .protocolViolation,
            retry: .permanent
        ),
        Fault(
            name: "sends a header without a name",
            answer: "HTTP/1.1 200 OK\r\n: nameless\r\nContent-Length: 0\r\n\r\n",
            code: .protocolViolation,
            retry: .permanent
        ),
        Fault(
            name: "sends a head without end",
            answer: "HTTP/1.1 200 OK\r\n" + String(repeating: "X-Filler: 0123456789\r\n", count: 5_000)
                + "\r\n",
            code: .tooLarge,
            retry: .permanent
        ),
    ]

    @Test func whoAnswersATLSHelloWithoutTLSIsToldOfSo() async throws {
        try await withServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.waitUntilClosed()
        } _: { server, fetcher in
            let error = await failure(
                of: FetchRequest(url: "https://127.0.0.1:\(server.port)"),
                with: fetcher
            )
            #expect(error?.code == .tls)
            #expect(error?.retry == .permanent)
            #expect(error?.message.hasPrefix("it answers without TLS: ") == true, "\(error?.message ?? "")")
        }
    }

    @Test(arguments: faults)
    func isClassified(fault: Fault) async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write(fault.answer)
        } _: { server, fetcher in
            let url = server.url + "/image?token=secret"
            let error = try #require(await failure(of: FetchRequest(url: url), with: fetcher))
            #expect(error.code == fault.code, "\(error)")
            #expect(error.retry == fault.retry, "\(error)")
            #expect(error.message.contains(server.url + "/image"))
            #expect(!error.message.contains("secret"))
        }
    }

    @Test func aResetIsRetryable() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            connection.reset()
        } _: { server, fetcher in
            let error = try #require(await failure(of: FetchRequest(url: server.url), with: fetcher))
            #expect(error.code == .closed)
            #expect(error.retry == .retryable)
        }
    }

    @Test func whatCameBeforeAnEarlyEndIsDelivered() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        } _: { server, fetcher in
            var iterator = try await fetcher.fetch(FetchRequest(url: server.url)).body.makeAsyncIterator()
            let first = try await iterator.next()
            #expect(first == Array("half".utf8))
            await #expect(throws: FetchError.self) { try await iterator.next() }
        }
    }

    @Test func bytesBeyondTheLengthAreNotDelivered() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhalf and more")
        } _: { server, fetcher in
            let text = try await fetcher.text(FetchRequest(url: server.url))
            #expect(text == "half")
        }
    }

    @Test func aRefusedConnectionIsRetryable() async throws {
        let server = try ScriptedServer { _ in }
        server.stop()
        try await withFetcher { fetcher in
            let error = try #require(await failure(of: FetchRequest(url: server.url), with: fetcher))
            #expect(error.code == .connect)
            #expect(error.retry == .retryable)
            #expect(error.curlCode == 7)
        }
    }

    @Test func aNameWithoutAddressIsRetryable() async throws {
        try await withFetcher { fetcher in
            let request = FetchRequest(url: "http://no-such-host.invalid/")
            let error = try #require(await failure(of: request, with: fetcher))
            #expect(error.code == .resolve)
            #expect(error.retry == .retryable)
        }
    }

    /// libcurl 7.88 leaves a receive buffer in a handle whose name didn't resolve, and then refuses its size.
    @Test func aNameWithoutAddressIsForgottenByTheNextRequest() async throws {
        try await withServer { connection in
            while connection.readRequest() != nil {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
            }
        } _: { server, fetcher in
            for _ in 0..<3 {
                let unknown = FetchRequest(url: "http://no-such-host.invalid/")
                #expect(await failure(of: unknown, with: fetcher)?.code == .resolve)
                let text = try await fetcher.text(FetchRequest(url: server.url))
                #expect(text == "good")
            }
        }
    }

    @Test(arguments: [
        "", "host/path", "ftp://host/", "file:///etc/passwd", "http://", "http://user:secret@host/",
        "http://host:99999/",
        "http://ho st/", "http://host/a b",
    ])
    func aBadURLIsPermanent(url: String) async throws {
        try await withFetcher { fetcher in
            let error = try #require(await failure(of: FetchRequest(url: url), with: fetcher))
            #expect(error.code == .badURL)
            #expect(error.retry == .permanent)
            #expect(!error.message.contains("secret"))
        }
    }
}
