import HTTPFetching
import HTTPTypes
import PrecacheModel
import TestSupport
import Testing

@testable import PullWork

/// How sources are reached: proxies, mirrors, credentials, redirects, and who is too slow.
@Suite(.timeLimit(.minutes(10)))
struct SourceAccessTests {
    @Test func aMirrorIsAskedFirstAndTheSourceAfterIt() async throws {
        let image = try TestImage()
        let (mirror, origin) = (image.server(), image.server())
        let rule = try SourceMirror("\(origin.url("/v2")) = \(mirror.url("/cache"))")
        var wanted = try image.wanted(origin.url("/v2/image?sig=secret"))
        wanted.sources[0].headers["X-Auth-Token"] = "t0ken"
        let rig = try PullRig { $0.mirrors = [rule] }
        let outcome = try await rig.outcome(wanted)
        #expect(outcome?.outcome == .cached && outcome?.source == mirror.url("/cache/image"))
        #expect(origin.requests.isEmpty)
        #expect(mirror.requests.first?.hasPrefix("GET /cache/image?sig=secret HTTP/1.1\r\n") == true)
        #expect(mirror.requests.first?.contains("X-Auth-Token: t0ken\r\n") == true)

        let broken = StepServer { _ in StepServer.response("404 Not Found") }
        let useless = try SourceMirror("\(origin.url("/")) = \(broken.url("/"))")
        let other = try PullRig { $0.mirrors = [useless] }
        let second = try await other.outcome(wanted)
        #expect(second?.outcome == .cached && second?.source == origin.url("/v2/image"))
        #expect(broken.requests.count == 1)
    }

    @Test(arguments: [
        "http://a", "http://a = ", "= http://b", "http://a = ftp://b", "http://a?x = http://b", "a = b",
    ])
    func aMirrorThatIsNoneIsRefused(text: String) {
        #expect(throws: SourceAccessError.self) { try SourceMirror(text) }
    }

    @Test func credentialsGoToTheirBeginningAlone() async throws {
        let image = try TestImage()
        let elsewhere = image.server()
        let source = StepServer { [bytes = image.bytes] head in
            head.hasPrefix("GET /moved")
                ? StepServer.response("302 Found", ["Location: \(elsewhere.url())"])
                : StepServer.response(body: bytes)
        }
        let file = """
            # sources
            \(source.url("/")) basic robot:p4ss word
            \(source.url("/keys")) header X-Api-Key: k3y
            """
        let credentials = try SourceCredentials(file)
        #expect("\(credentials)" == "2 credentials")
        func ask(_ path: String, header: String? = nil) async throws -> String {
            let rig = try PullRig {
                $0.credentials = credentials
                $0.redirectAddresses = .any
            }
            var wanted = try image.wanted(source.url(path))
            if let header { wanted.sources[0].headers["Authorization"] = header }
            let outcome = try await rig.outcome(wanted)
            #expect(outcome?.outcome == .cached, "\(outcome?.detail ?? "none")")
            return source.requests.last ?? ""
        }
        #expect(try await ask("/image").contains("Authorization: Basic cm9ib3Q6cDRzcyB3b3Jk\r\n"))
        let key = try await ask("/keys/image")
        #expect(key.contains("X-Api-Key: k3y\r\n") && !key.contains("Authorization"))
        #expect(try await ask("/image", header: "Bearer own").contains("Authorization: Bearer own\r\n"))
        #expect(try await ask("/moved").contains("Authorization: Basic"))
        #expect(elsewhere.requests.count == 1 && elsewhere.requests.first?.contains("uthorization") == false)
    }

    @Test(arguments: [
        "http://a", "http://a basic", "http://a basic secret", "http://a header secret",
        "http://a bearer secret",
        "http://u:secret@a header X: y", "secret basic a:b",
    ])
    func aLineThatIsWrongIsNamedWithoutWhatItSays(line: String) {
        let error = #expect(throws: SourceAccessError.self) { try SourceCredentials("\n\(line)") }
        #expect(error?.description.hasPrefix("line 2") == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func aWrongNewFileLeavesTheOldInForce() throws {
        let credentials = try SourceCredentials("http://a basic u:p")
        #expect(throws: SourceAccessError.self) { try credentials.replace(by: "nonsense") }
        #expect(credentials.field(for: "http://a/x")?.name == .authorization)
        try credentials.replace(by: "http://b header X-Key: v\r\n")
        #expect(credentials.field(for: "http://a/x") == nil)
        #expect(credentials.field(for: "http://b/")?.value == "v")
    }

    @Test func aRedirectToThisMachineIsRefusedUnlessItMay() async throws {
        let image = try TestImage()
        let inner = image.server()
        let source = StepServer { _ in
            StepServer.response("302 Found", ["Location: \(inner.url("/x?sig=secret"))"])
        }
        let outcome = try await PullRig().outcome(image.wanted(source.url()))
        #expect(outcome?.reason == .sourceError && outcome?.isRetryable == false)
        #expect(
            outcome?.detail?.contains("127.0.0.1, a loopback address") == true,
            "\(outcome?.detail ?? "none")"
        )
        #expect(outcome?.detail?.contains("secret") == false)
        #expect(inner.requests.isEmpty)

        let allowed = try await PullRig { $0.redirectAddresses = .any }.outcome(image.wanted(source.url()))
        #expect(allowed?.outcome == .cached)
        #expect(allowed?.source == inner.url("/x"), "where the bytes came from in the end")
    }

    @Test func aStatusAfterARedirectSaysWhere() async throws {
        let source = StepServer { head in
            head.hasPrefix("GET /image ")
                ? StepServer.response("302 Found", ["Location: /gone?sig=secret"])
                : StepServer.response("404 Not Found")
        }
        let outcome = try await PullRig().outcome(TestImage().wanted(source.url()))
        #expect(outcome?.reason == .imageNotFound)
        #expect(outcome?.detail == "\(source.url()): the source answered 404 (at \(source.url("/gone")))")
    }

    @Test func imagesComeThroughAProxy() async throws {
        let image = try TestImage()
        let proxy = image.server()
        let rig = try PullRig { $0.proxy = ProxyRule(http: proxy.url(""), https: nil) }
        let outcome = try await rig.outcome(image.wanted("http://images.example.invalid/image"))
        #expect(outcome?.outcome == .cached, "\(outcome?.detail ?? "none")")
        #expect(
            proxy.requests.first?.hasPrefix("GET http://images.example.invalid/image HTTP/1.1\r\n") == true
        )
    }

    /// One place for all, a source that drips, and an image of another one.
    @Test func aSourceThatDripsHoldsUpNobodyAndIsLeft() async throws {
        let image = try TestImage()
        let (good, dripping) = (image.server(), Latch())
        let slow = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")
            dripping.open()
            while connection.write("x") { connection.wait(milliseconds: 20) }
        }
        defer { slow.stop() }
        let rig = try PullRig {
            $0.concurrentDownloads = 1
            $0.timeouts.lowSpeed = .init(bytesPerSecond: 10_000, over: .seconds(2))
        }
        let bad = try TestImage("bad", seed: 3).wanted(slow.url + "/image")
        async let dripped = rig.outcome(bad, id: "slow")
        await dripping.opened()
        #expect(try await rig.outcome(image.wanted(good.url()), id: "good")?.outcome == .cached)
        let outcome = try await dripped
        #expect(outcome?.reason == .sourceError && outcome?.isRetryable == true)
        #expect(outcome?.detail?.contains("Less than 10000 bytes per second for 2.0 seconds") == true)
        #expect(slow.connectionCount == 1, "its place is for others")
        #expect((outcome?.bytesDone ?? 0) > 0)
    }
}
