import HTTPFetching
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RedirectTests {
    private static let secretHeaders: HTTPFields = {
        var headers: HTTPFields = [
            .authorization: "Bearer secret", .cookie: "id=secret", .range: "bytes=1-", .accept: "*/*",
        ]
        for name in ["X-Auth-Token", "X-Anything"].compactMap({ HTTPField.Name($0) }) {
            headers[name] = "secret"
        }
        return headers
    }()

    private static func redirect(to location: String) -> ScriptedServer.Script {
        { connection in
            while connection.readRequest() != nil {
                connection.respond("302 Found", headers: ["Location: \(location)"], body: "moved")
            }
        }
    }

    @Test(arguments: ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
    func followsWithinOneOriginWithAllHeaders(status: String) async throws {
        let last = TestEvent<ServerConnection.Request?>()
        try await withServer { connection in
            _ = connection.readRequest()
            connection.respond(status, headers: ["Location: sub/two?q=1#part"], body: "moved")
            last.fire(connection.readRequest())
            connection.respond(body: "here")
        } _: { server, fetcher in
            let request = FetchRequest(url: server.url + "/one", headers: Self.secretHeaders)
            let response = try await fetcher.fetch(request)
            #expect(response.url == server.url + "/sub/two?q=1")
            let body = try await response.body.collect(upTo: 100)
            #expect(body == Array("here".utf8))
            let seen = try #require(await last.wait())
            #expect(seen.line == "GET /sub/two?q=1 HTTP/1.1")
            #expect(seen.header("authorization") == "Bearer secret")
            #expect(seen.header("x-auth-token") == "secret")
        }
    }

    @Test func anotherPortSeesNoSecret() async throws {
        let last = TestEvent<ServerConnection.Request?>()
        let other = try ScriptedServer { connection in
            last.fire(connection.readRequest())
            connection.respond(body: "other")
        }
        defer { other.stop() }
        try await withServer(Self.redirect(to: other.url + "/x")) { server, fetcher in
            let text = try await fetcher.text(FetchRequest(url: server.url, headers: Self.secretHeaders))
            #expect(text == "other")
            let seen = try #require(await last.wait())
            #expect(!seen.headers.contains { $0.value.contains("secret") })
            #expect(seen.header("range") == "bytes=1-")
            #expect(seen.header("accept") == "*/*")
        }
    }

    @Test func whatWasDroppedDoesNotComeBack() async throws {
        let last = TestEvent<ServerConnection.Request?>()
        let back = Mutex("")
        let other = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.respond("302 Found", headers: ["Location: \(back.withLock { $0 })/back"])
        }
        defer { other.stop() }
        try await withServer { connection in
            while let request = connection.readRequest() {
                if request.line.hasPrefix("GET /back") {
                    last.fire(request)
                    connection.respond()
                } else {
                    connection.respond("302 Found", headers: ["Location: \(other.url)"])
                }
            }
        } _: { server, fetcher in
            back.withLock { $0 = server.url }
            _ = try await fetcher.fetch(FetchRequest(url: server.url, headers: Self.secretHeaders))
            let seen = try #require(await last.wait())
            #expect(!seen.headers.contains { $0.value.contains("secret") })
        }
    }

    @Test func aLoopEndsAtTheLimit() async throws {
        let count = Atomic(0)
        try await withServer { connection in
            while connection.readRequest() != nil {
                count.wrappingAdd(1, ordering: .relaxed)
                connection.respond("302 Found", headers: ["Location: /"])
            }
        } _: { server, fetcher in
            var request = FetchRequest(url: server.url)
            request.redirects = 3
            let error = await failure(of: request, with: fetcher)
            #expect(error?.code == .tooManyRedirects)
            #expect(error?.retry == .permanent)
            #expect(count.load(ordering: .relaxed) == 4)
        }
    }

    @Test func withoutAllowanceTheRedirectIsTheAnswer() async throws {
        try await withServer(Self.redirect(to: "/x")) { server, fetcher in
            let response = try await fetcher.fetch(FetchRequest(url: server.url, redirects: 0))
            #expect(response.status.code == 302)
            #expect(response.headers[.location] == "/x")
        }
    }

    @Test func aPutIsNotRepeatedElsewhere() async throws {
        try await withServer(Self.redirect(to: "/x")) { server, fetcher in
            let response = try await fetcher.fetch(FetchRequest(method: .put, url: server.url, body: [1]))
            #expect(response.status.code == 302)
        }
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://host/x", "http://user:secret@host/", "http://"])
    func leadsToHTTPOnly(location: String) async throws {
        try await withServer(Self.redirect(to: location)) { server, fetcher in
            let error = try #require(await failure(of: FetchRequest(url: server.url), with: fetcher))
            #expect(error.code == .refusedRedirect)
            #expect(error.retry == .permanent)
            #expect(!error.message.contains("secret"))
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func anotherPortOfThisMachineIsNotAskedWhereTheRuleForbidsIt(host: String) async throws {
        let inner = try ScriptedServer { connection in
            while connection.readRequest() != nil { connection.respond(body: "secret") }
        }
        defer { inner.stop() }
        try await withServer(Self.redirect(to: "http://\(host):\(inner.port)/x")) { server, fetcher in
            // A connection of somebody else's, which is not under the rule, waits in the pool.
            _ = try await fetcher.text(FetchRequest(url: "http://\(host):\(inner.port)/"))
            let before = inner.connectionCount
            var request = FetchRequest(url: server.url)
            request.redirection.addresses = .noInternal
            let error = await failure(of: request, with: fetcher)
            #expect(error?.code == .refusedAddress)
            #expect(error?.retry == .permanent)
            #expect(inner.connectionCount == before)
        }
    }

    @Test func withinOneOriginARedirectIsFollowedUnderTheRule() async throws {
        try await withServer { connection in
            while let request = connection.readRequest() {
                if request.line.hasPrefix("GET /x") {
                    connection.respond(body: "here")
                } else {
                    connection.respond("302 Found", headers: ["Location: /x"])
                }
            }
        } _: { server, fetcher in
            var request = FetchRequest(url: server.url)
            request.redirection.addresses = .noInternal
            let text = try await fetcher.text(request)
            #expect(text == "here")
        }
    }

    @Test func aLongBodyOfARedirectIsNotAwaited() async throws {
        try await withServer { connection in
            while let request = connection.readRequest() {
                if request.line.hasPrefix("GET /x") {
                    connection.respond(body: "here")
                } else {
                    connection.write("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n")
                    while connection.write([UInt8](repeating: 0, count: 65_536)) {}
                }
            }
        } _: { server, fetcher in
            let text = try await fetcher.text(FetchRequest(url: server.url))
            #expect(text == "here")
        }
    }
}
