import HTTPTypes
import Synchronization
import Testing

@testable import HTTPFetching

struct FetchURLTests {
    @Test func readsWhatIsFetched() throws {
        let url = try FetchURL.parse("HTTP://Example.ORG/a/../b?q=secret#f")
        #expect(url.scheme == "http")
        #expect(url.host == "example.org")
        #expect(url.port == 80)
        #expect(!url.place.contains("secret"))
        #expect(!url.text.contains("#"))
    }

    @Test(arguments: [
        ("http://a/", "http://A:80/x", true), ("https://a/", "https://a:443/", true),
        ("http://a/", "https://a/", false),
        ("http://a/", "http://a:81/", false), ("http://a/", "http://b/", false),
        ("http://[::1]/", "http://[::1]:80/", true),
    ])
    func comparesOrigins(one: String, other: String, same: Bool) throws {
        #expect(try FetchURL.parse(one).isSameOrigin(as: FetchURL.parse(other)) == same)
    }

    @Test(arguments: [
        ("x", "http://a/d/x"), ("/x", "http://a/x"), ("?q=2", "http://a/d/e?q=2"), ("//b/x", "http://b/x"),
        ("https://c", "https://c/"), ("a b", "http://a/d/a%20b"),
    ])
    func resolvesRedirects(location: String, expected: String) throws {
        #expect(try FetchURL.parse("http://a/d/e?q=1").resolving(location).text == expected)
    }
}

struct HopTests {
    private func hop(_ url: String) throws -> Hop {
        var request = FetchRequest(url: url, headers: [.authorization: "s", .range: "bytes=1-"])
        request.tls = ClientTLS(caFile: "ca", certificateFile: "c", keyFile: "k")
        request.connectTo = .init(address: "10.0.0.1", port: 1)
        return try Hop(request, defaultTLS: ClientTLS())
    }

    @Test func keepsEverythingWithinAnOrigin() throws {
        let next = try hop("https://a/x").redirected(to: "/y")
        #expect(next.headers[.authorization] == "s")
        #expect(next.tls.certificateFile == "c")
        #expect(next.connectTo?.address == "10.0.0.1")
    }

    @Test func leavesIdentityAndAddressBehindBetweenOrigins() throws {
        let next = try hop("https://a/x").redirected(to: "https://b/y")
        #expect(next.headers[.authorization] == nil)
        #expect(next.headers[.range] == "bytes=1-")
        #expect(next.tls == ClientTLS(caFile: "ca"))
        #expect(next.connectTo == nil)
    }

    @Test func climbsButNeverDescendsBetweenSchemes() throws {
        #expect(try hop("http://a/x").redirected(to: "https://a/x").headers[.authorization] == nil)
        let error = #expect(throws: FetchError.self) {
            try hop("https://a/x?k=secret").redirected(to: "http://a/?k=secret")
        }
        #expect(error?.code == .refusedRedirect)
        #expect(error?.message.contains("secret") == false)
    }
}

struct BodyPipeTests {
    private let buffering = FetchBuffering(receiveBytes: 1_024, bodyBytes: 8, chunkBytes: 8)

    private func put(_ count: Int, _ pipe: BodyPipe) -> Bool {
        [UInt8](repeating: 1, count: count).withUnsafeBytes { pipe.put($0) }
    }

    @Test func refusesBeyondItsBoundAndWakesAtHalf() async throws {
        let woken = Atomic(0)
        let buffering = FetchBuffering(receiveBytes: 1_024, bodyBytes: 8, chunkBytes: 4)
        let pipe = BodyPipe(
            buffering: buffering,
            wake: { woken.wrappingAdd(1, ordering: .relaxed) },
            drop: {}
        )
        #expect(put(4, pipe))
        #expect(put(4, pipe))
        #expect(!put(1, pipe))
        #expect(pipe.isPaused)
        #expect(try await pipe.next().get()?.count == 4)
        #expect(woken.load(ordering: .relaxed) == 1)
        #expect(!pipe.isPaused)
    }

    @Test func wakesAlsoWhenTheLastElementWentToAWaitingReader() async throws {
        let woken = TestEvent<Void>()
        let pipe = BodyPipe(buffering: buffering, wake: { woken.fire() }, drop: {})
        let reader = Task { try await pipe.next().get()?.count }
        // Whether the reader waits by now or not, all is well.
        await Task.yield()
        #expect(put(8, pipe))
        #expect(!put(1, pipe))
        pipe.flush()
        #expect(try await reader.value == 8)
        let next = Task { await pipe.next() }
        await woken.wait()
        pipe.end(nil)
        #expect(try await next.value.get() == nil)
    }

    @Test func dropsOnceAndOnlyBeforeTheEnd() async throws {
        let dropped = Atomic(0)
        let pipe = BodyPipe(
            buffering: buffering,
            wake: {},
            drop: { dropped.wrappingAdd(1, ordering: .relaxed) }
        )
        pipe.abandon("a")
        pipe.abandon("b")
        #expect(dropped.load(ordering: .relaxed) == 1)
        let ended = BodyPipe(buffering: buffering, wake: {}, drop: { Issue.record("dropped after the end") })
        ended.end(nil)
        ended.abandon("c")
    }
}

struct ResponseHeadTests {
    private func take(_ lines: [String], limit: Int = 1_000) throws -> ResponseHead {
        var head = ResponseHead(limit: limit)
        for line in lines { try Array((line + "\r\n").utf8).withUnsafeBytes { try head.take($0) } }
        return head
    }

    @Test func keepsFieldsInOrderWithoutOuterSpace() throws {
        let head = try take(["HTTP/1.1 206 ", "A:  x y \t", "B:", "A: z", ""])
        #expect(head.status == 206)
        #expect(head.isComplete)
        #expect(head.fields.map { "\($0.name)=\($0.value)" } == ["A=x y", "B=", "A=z"])
    }

    @Test(arguments: [
        ["HTTP/1.1 2", ""], ["HTTP/1.1 abc", ""], ["HTTP/1.1 200", " folded"], ["HTTP/1.1 200", "a b: c"],
    ])
    func refusesWhatIsNoHead(lines: [String]) {
        #expect(throws: ResponseHead.Violation.self) { try take(lines) }
    }
}

struct DurationTests {
    @Test func roundsUpToMilliseconds() {
        #expect(Duration.zero.milliseconds == 1)
        #expect(Duration.seconds(-5).milliseconds == 1)
        #expect(Duration.nanoseconds(1_000_001).milliseconds == 2)
        #expect(Duration.seconds(3).milliseconds == 3_000)
        #expect(Duration.seconds(1 << 60).milliseconds == 2_147_483_000)
    }
}
