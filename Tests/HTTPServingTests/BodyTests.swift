import HTTPServing
import HTTPTypes
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BodyTests {
    /// Answers without a look at the body.
    private let indifferent = ClosureHandler { request in
        Response(body: .bytes(Array("seen \(request.target)".utf8)))
    }

    @Test func aBodyIsReadHoweverItIsCutAndTheNextRequestFoundBehindIt() async throws {
        try await TestServer.run { server in
            let client = try RawClient(server.address)
            try await client.send("POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r")
            try await client.send("\nabc\r\n")
            try await client.send(
                "2\r\nde\r\n0\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nfg"
            )
            #expect(try await client.receive(through: "POST /1 abcde").hasPrefix("HTTP/1.1 200 "))
            try await client.send("hi")
            #expect(try await client.receive(through: "POST /2 fghi").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func aLargeBodyArrivesWhole() async throws {
        try await TestServer.run { server in
            let client = try RawClient(server.address)
            let body = String(repeating: "0123456789", count: 300_000)
            async let sent = client.send(
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            var received = 0
            while received < body.utf8.count, let part = try await client.receive() { received += part.count }
            #expect(received > body.utf8.count)
            #expect(try await sent)
        }
    }

    @Test func aClientThatAsksIsToldToContinueOnceSomebodyWantsTheBody() async throws {
        try await TestServer.run { server in
            let client = try RawClient(server.address)
            try await client.send(
                "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            )
            #expect(try await client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("ok")
            #expect(try await client.receive(through: "POST / ok").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func aClientThatAsksAndWhoseBodyNobodyWantsIsAnsweredAndClosed() async throws {
        try await TestServer.run(handler: indifferent) { server in
            let answer = try await RawClient(server.address).exchange(
                "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("Connection: close\r\n\r\nseen /a"))
        }
    }

    @Test(arguments: ["Content-Length: 60000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nea60\r\n"])
    func aBodyThatNobodyReadsIsDroppedAndTheConnectionKept(framing: String) async throws {
        try await TestServer.run(handler: indifferent) { server in
            let client = try RawClient(server.address)
            let end = framing.hasPrefix("T") ? "\r\n0\r\n\r\n" : ""
            try await client.send("POST /1 HTTP/1.1\r\nHost: x\r\n\(framing)")
            #expect(try await client.receive(through: "seen /1").contains("Connection: close") == false)
            try await client.send(
                String(repeating: "x", count: 60_000) + end + "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            #expect(try await client.receive(through: "seen /2").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func aLongBodyThatNobodyReadsEndsTheConnection() async throws {
        try await TestServer.run(handler: indifferent) { server in
            let answer = try await RawClient(server.address).exchange(
                "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n"
            )
            #expect(answer.contains("\r\nConnection: close\r\n"))
            let client = try RawClient(server.address)
            try await client.send("POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            _ = try await client.receive(through: "seen /1")
            let chunk = "4000\r\n" + String(repeating: "x", count: 16_384) + "\r\n"
            try await client.send(String(repeating: chunk, count: 8))
            #expect(try await client.receiveAll() == "")
        }
    }

    @Test func nothingIsReadBeforeItIsAskedFor() async throws {
        let signals = Signals()
        let handler = ClosureHandler { request in
            await signals.wait("read")
            let bytes = try? await request.body.collect(upTo: 100_000_000)
            return Response(body: .bytes(Array("\(bytes?.count ?? -1)".utf8)))
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            let length = 30_000_000
            let sender = Task {
                try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n")
                let sent = try await client.send([UInt8](repeating: 1, count: length))
                await signals.send("sent")
                return sent
            }
            // The system's buffers take a few megabytes; the rest has to wait for the reader.
            var stuck = 0
            var before = -1
            while await signals.count("sent") == 0, stuck < 20 {
                let now = client.sentCount
                stuck = now == before && now > 0 ? stuck + 1 : 0
                before = now
                try await server.pause()
            }
            #expect(client.sentCount < length)
            await signals.send("read")
            #expect(try await sender.value)
            #expect(try await client.receive(through: "\(length)").hasSuffix("\r\n\r\n\(length)"))
        }
    }

    @Test func aBodyThatStopsHalfWayGets408OneWhoseSenderLeavesIsGivenUp() async throws {
        var limits = ServerLimits()
        limits.bodyTimeout = .milliseconds(50)
        let signals = Signals()
        let handler = ClosureHandler { request in
            do throws(HTTPFailure) {
                _ = try await request.body.collect(upTo: 100)
                return Response()
            } catch {
                await signals.send(error.code)
                return Response(status: error.status)
            }
        }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address)
            let answer = try await client.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na")
            #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(await signals.count("timeout") == 1)
        }
        try await TestServer.run(handler: handler) { server in
            let leaver = try RawClient(server.address)
            try await leaver.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na")
            leaver.finishSending()
            await signals.wait("request_aborted")
        }
    }

    @Test func chunksGoInAndOutAtTheSameTime() async throws {
        let handler = ClosureHandler { request in
            Response(
                body: .stream(length: nil, endless: false) { writer in
                    for try await part in request.body { try await writer.write(part) }
                }
            )
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            #expect(try await client.receive(through: "\r\n\r\n").contains("Transfer-Encoding: chunked\r\n"))
            for word in ["one", "two", "three"] {
                let size = String(word.utf8.count, radix: 16)
                try await client.send("\(size)\r\n\(word)\r\n")
                #expect(try await client.receive(through: "\(word)\r\n") == "\(size)\r\n\(word)\r\n")
            }
            try await client.send("0\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n")
            let rest = try await client.receive(through: "chunked\r\n\r\n0\r\n\r\n")
            #expect(rest.hasPrefix("0\r\n\r\nHTTP/1.1 200 OK\r\n"))
        }
    }
}
