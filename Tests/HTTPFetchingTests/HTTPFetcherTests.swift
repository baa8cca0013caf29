import HTTPFetching
import HTTPTypes
import Reactor
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HTTPFetcherTests {
    @Test func returnsStatusHeadersAndBody() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.respond("404 Not Found", headers: ["X-One: a", "X-One: b", "X-Empty:"], body: "gone")
        } _: { server, fetcher in
            let response = try await fetcher.fetch(FetchRequest(url: server.url + "/x?y=1"))
            #expect(response.status.code == 404)
            #expect(response.headers[values: HTTPField.Name("X-One")!] == ["a", "b"])
            #expect(response.headers[HTTPField.Name("X-Empty")!] == "")
            #expect(response.url == server.url + "/x?y=1")
            #expect(try await response.body.collect(upTo: 4) == Array("gone".utf8))
        }
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"])
    func sendsMethodAndBodyAsGiven(method: String) async throws {
        let seen = TestEvent<ServerConnection.Request?>()
        try await withServer { connection in
            seen.fire(connection.readRequest())
            connection.write("HTTP/1.1 204 No Content\r\n\r\n")
        } _: { server, fetcher in
            let method = try #require(HTTPRequest.Method(method))
            let body: [UInt8]? = method == .get || method == .head ? nil : Array("hello".utf8)
            let response = try await fetcher.fetch(
                FetchRequest(method: method, url: server.url + "/p", body: body)
            )
            #expect(response.status.code == 204)
            let request = try #require(await seen.wait())
            #expect(request.line == "\(method) /p HTTP/1.1")
            #expect(request.body == body ?? [])
            #expect(request.header("content-type") == nil)
            #expect(request.header("expect") == nil)
            #expect(request.header("accept-encoding") == nil)
            #expect(request.header("user-agent") == "precache")
        }
    }

    @Test func sendsALargeBodyWithoutAskingFirst() async throws {
        let seen = TestEvent<ServerConnection.Request?>()
        let body = [UInt8](repeating: 7, count: 3_000_000)
        try await withServer { connection in
            seen.fire(connection.readRequest())
            connection.respond()
        } _: { server, fetcher in
            let request = FetchRequest(
                method: .put,
                url: server.url,
                headers: [.contentType: "application/json", .authorization: "Bearer t", .contentLength: "5"],
                body: body
            )
            #expect(try await fetcher.fetch(request).status.code == 200)
            let received = try #require(await seen.wait())
            let isWhole = received.body == body
            #expect(isWhole)
            #expect(received.header("expect") == nil)
            #expect(received.header("content-type") == "application/json")
            #expect(received.header("authorization") == "Bearer t")
        }
    }

    @Test func sendsAnEmptyHeaderValue() async throws {
        let seen = TestEvent<ServerConnection.Request?>()
        try await withServer { connection in
            seen.fire(connection.readRequest())
            connection.respond()
        } _: { server, fetcher in
            let headers: HTTPFields = [HTTPField.Name("X-Nothing")!: "", .userAgent: "mine/1"]
            _ = try await fetcher.fetch(FetchRequest(url: server.url, headers: headers))
            let request = try #require(await seen.wait())
            #expect(request.header("x-nothing") == "")
            #expect(request.headers.filter { $0.name == "user-agent" }.map(\.value) == ["mine/1"])
        }
    }

    @Test func decodesChunksAndSkipsInterimHeadsAndTrailers() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Late: 1\r\n\r\n")
            connection.write("3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: 1\r\n\r\n")
        } _: { server, fetcher in
            let response = try await fetcher.fetch(FetchRequest(url: server.url))
            #expect(response.status.code == 200)
            #expect(response.headers[HTTPField.Name("X-Early")!] == nil)
            #expect(response.headers[HTTPField.Name("X-Late")!] == "1")
            #expect(String(decoding: try await response.body.collect(upTo: 100), as: UTF8.self) == "abcdefg")
        }
    }

    @Test func reusesPooledConnectionsAndClosesFreshOnes() async throws {
        let script: ScriptedServer.Script = { connection in
            while connection.readRequest() != nil { connection.respond(body: "\(connection.number)") }
        }
        try await withServer(script) { server, fetcher in
            for _ in 0..<3 {
                let text = try await fetcher.text(FetchRequest(url: server.url))
                #expect(text == "0")
            }
            for number in 1...3 {
                let request = FetchRequest(url: server.url, connection: .fresh)
                #expect(try await fetcher.text(request) == "\(number)")
            }
            #expect(try await fetcher.text(FetchRequest(url: server.url)) == "0")
        }
    }

    @Test func connectsElsewhereWhileTheNameStays() async throws {
        let seen = TestEvent<ServerConnection.Request?>()
        try await withServer { connection in
            seen.fire(connection.readRequest())
            connection.respond()
        } _: { server, fetcher in
            var request = FetchRequest(url: "http://compute-7.invalid:7701/v1")
            request.connectTo = .init(address: "127.0.0.1", port: server.port)
            let response = try await fetcher.fetch(request)
            #expect(response.status.code == 200)
            #expect(await seen.wait()?.header("host") == "compute-7.invalid:7701")
        }
    }

    @Test func aStoppedFetcherCancelsWhatRunsAndWhatComes() async throws {
        let arrived = TestEvent<Void>()
        try await withServer { connection in
            _ = connection.readRequest()
            arrived.fire()
            connection.waitUntilClosed()
        } _: { server, fetcher in
            async let running = failure(of: FetchRequest(url: server.url), with: fetcher)
            await arrived.wait()
            await fetcher.stop()
            #expect(await running?.retry == .cancelled)
            #expect(await failure(of: FetchRequest(url: server.url), with: fetcher)?.code == .cancelled)
        }
    }

    @Test func runsAThousandTransfersAtOnceOnOneThread() async throws {
        try raiseDescriptorLimit(to: 4_096)
        let count = 1_000
        let waiting = Atomic(0)
        let everybody = Latch()
        try await withServer { connection in
            _ = connection.readRequest()
            if waiting.wrappingAdd(1, ordering: .relaxed).newValue == count { everybody.open() }
            // Nobody is answered until all are here.
            everybody.wait()
            connection.respond(body: "done")
        } _: { server, fetcher in
            let good = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        try await fetcher.text(FetchRequest(url: server.url, connection: .fresh))
                    }
                }
                return try await group.reduce(0) { $0 + ($1 == "done" ? 1 : 0) }
            }
            #expect(good == count)
        }
    }
}
