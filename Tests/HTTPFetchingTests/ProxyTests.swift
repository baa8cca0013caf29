import HTTPTypes
import TestSupport
import Testing

@testable import HTTPFetching

@Suite(.timeLimit(.minutes(10)))
struct ProxyTests {
    private func goesThrough(_ url: String, except: String) throws -> Bool {
        let rule = ProxyRule(http: "http://p:1", https: nil, except: except)
        return try rule.proxy(for: FetchURL.parse(url)) != nil
    }

    @Test(arguments: [
        ("http://example.com/", "example.com"), ("http://www.Example.com/", "example.com"),
        ("http://www.example.com./", ".example.com"), ("http://a/", "b, a"), ("http://a/", "b a"),
        ("http://a/", "*"),
        ("http://10.1.2.3/", "10.0.0.0/8"), ("http://10.1.2.3/", "10.1.2.3"), ("http://[::1]:80/", "::1"),
        ("http://[fd00::1]/", "fd00::/8"), ("http://127.1/", "127.0.0.1"),
        ("http://192.168.255.1/", "192.168.254.0/23"),
        ("http://8.8.8.8/", "0.0.0.0/0"), ("http://a/", "A"),
    ])
    func someAreAskedDirectly(url: String, except: String) throws {
        #expect(try !goesThrough(url, except: except))
    }

    @Test(arguments: [
        ("http://notexample.com/", "example.com"), ("http://example.com.org/", "example.com"),
        ("http://a/", ""),
        ("http://11.1.2.3/", "10.0.0.0/8"), ("http://10.1.2.3/", "10.0.0.0/33"), ("http://10.1.2.3/", "::/0"),
        ("http://a/", "."), ("http://192.168.253.1/", "192.168.254.0/23"), ("http://ab/", "*b"),
    ])
    func theOthersAreNot(url: String, except: String) throws {
        #expect(try goesThrough(url, except: except))
    }

    @Test func eachSchemeHasItsProxy() throws {
        let rule = ProxyRule(http: "http://p:1", https: "http://q:2")
        #expect(try rule.proxy(for: FetchURL.parse("http://a/")) == "http://p:1")
        #expect(try rule.proxy(for: FetchURL.parse("https://a/")) == "http://q:2")
        #expect(try ProxyRule(http: nil, https: "x").proxy(for: FetchURL.parse("http://a/")) == nil)
    }

    @Test func aProxysURLIsChecked() {
        for good in [
            "http://p", "http://p:3128/", "https://p:1", "socks5h://10.0.0.1:1080", "socks4a://[::1]:1",
        ] {
            #expect(ProxyRule.fault(in: good) == nil, "\(good)")
        }
        for bad in ["p:3128", "ftp://p", "http://", "http://u:secret@p", "http://p:x", "http://p/path", ""] {
            let fault = ProxyRule.fault(in: bad)
            #expect(fault != nil, "\(bad)")
            #expect(fault?.contains("secret") != true)
        }
    }

    @Test func aNameThatOnlyTheProxyKnowsIsReached() async throws {
        let asked = TestEvent<ServerConnection.Request?>()
        let proxy = try ScriptedServer { connection in
            asked.fire(connection.readRequest())
            connection.respond(body: "from afar")
        }
        defer { proxy.stop() }
        try await withFetcher { fetcher in
            var request = FetchRequest(url: "http://images.example.invalid/x?y")
            request.proxy = ProxyRule(http: proxy.url, https: proxy.url)
            // Whose own address is internal, which is no matter for a rule about servers.
            request.redirection.addresses = .noInternal
            #expect(try await fetcher.text(request) == "from afar")
            let seen = try #require(await asked.wait())
            #expect(seen.line == "GET http://images.example.invalid/x?y HTTP/1.1")
        }
    }

    @Test func httpsGoesThroughByConnectAndWhatTheProxySaysIsNoResponse() async throws {
        let asked = TestEvent<String?>()
        let proxy = try ScriptedServer { connection in
            asked.fire(connection.readHead())
            connection.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        }
        defer { proxy.stop() }
        try await withFetcher { fetcher in
            var request = FetchRequest(
                url: "https://images.example.invalid/x",
                headers: [.authorization: "Bearer secret"]
            )
            request.proxy = ProxyRule(http: proxy.url, https: proxy.url)
            let error = await failure(of: request, with: fetcher)
            #expect(error?.code == .connect && error?.retry == .retryable)
            #expect(error?.message.contains("403") == true, "\(error?.message ?? "none")")
            let head = try #require(await asked.wait())
            #expect(head.hasPrefix("CONNECT images.example.invalid:443 HTTP/1.1"))
            #expect(!head.contains("secret"))
        }
    }

    @Test func aProxyThatIsNotThereIsNamed() async throws {
        let gone = try ScriptedServer { _ in }
        let mute = try ScriptedServer { connection in _ = connection.readHead() }
        defer { mute.stop() }
        gone.stop()
        try await withFetcher { fetcher in
            for proxy in [gone.url, mute.url] {
                for url in [
                    "http://images.example.invalid/x?k=secret", "https://images.example.invalid/x?k=secret",
                ] {
                    var request = FetchRequest(url: url)
                    request.proxy = ProxyRule(http: proxy, https: proxy)
                    let message = await failure(of: request, with: fetcher)?.message ?? ""
                    #expect(
                        message.hasSuffix("images.example.invalid/x through the proxy \(proxy))"),
                        "\(message)"
                    )
                }
            }
        }
    }

    @Test func behindAProxyAnAddressThatIsWrittenOutIsStillRefused() async throws {
        let proxy = try ScriptedServer { connection in connection.respond(body: "inner") }
        defer { proxy.stop() }
        try await withFetcher(FetcherConfiguration(addresses: .noInternal)) { fetcher in
            var request = FetchRequest(url: "http://169.254.169.254/latest/meta-data?k=secret")
            request.proxy = ProxyRule(http: proxy.url, https: proxy.url)
            let error = await failure(of: request, with: fetcher)
            #expect(error?.code == .refusedAddress)
            #expect(error?.message.contains("secret") == false)
            #expect(proxy.connectionCount == 0)
        }
    }
}

struct URLPrefixTests {
    @Test(arguments: [
        ("https://a.example", "https://A.example:443/x?y#z"), ("https://a.example/", "https://a.example"),
        ("http://a:81/x", "http://a:81/x"), ("http://a:81/x", "http://a:81/x/y"),
        ("http://a:81/x/", "http://a:81/x?y"),
    ])
    func covers(prefix: String, url: String) throws {
        #expect(try URLPrefix(prefix).covers(url))
    }

    @Test(arguments: [
        ("https://a.example", "https://a.example.org/"), ("https://a.example", "http://a.example/"),
        ("https://a.example", "https://a.example:444/"), ("http://a/x", "http://a/xy"),
        ("http://a/x", "http://a/x/../y"),
        ("http://a/x", "http://a/"), ("http://a", "http://user@a/"), ("http://a", "a"),
    ])
    func doesNotCover(prefix: String, url: String) throws {
        #expect(try !URLPrefix(prefix).covers(url))
    }

    @Test func aBeginningIsReplaced() throws {
        let (from, to) = (try URLPrefix("https://glance:9292/v2"), try URLPrefix("http://cache/glance/"))
        #expect(
            from.replaced(in: "https://glance:9292/v2/images/1/file?x=y", by: to)
                == "http://cache/glance/images/1/file?x=y"
        )
        #expect(from.replaced(in: "https://glance:9292/v2", by: to) == "http://cache/glance")
        #expect(from.replaced(in: "https://glance:9292/v3", by: to) == nil)
        #expect(throws: FetchError.self) { try URLPrefix("http://a/?x") }
    }
}
