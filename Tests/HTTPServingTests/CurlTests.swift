import HTTPServing
import HTTPTypes
import Testing

/// The server as the most used client sees it.
@Suite(.timeLimit(.minutes(10)))
struct CurlTests {
    private func curl(_ arguments: [String]) async throws -> Command {
        try await Command.run(["curl", "-sS", "--max-time", "20"] + arguments)
    }

    @Test func severalRequestsShareOneConnection() async throws {
        try await TestServer.run { server in
            let url = "http://\(server.address)/"
            let result = try await curl(["-w", " %{num_connects} ", "\(url)a", "\(url)b", "\(url)c"])
            #expect(result.output == "GET /a  1 GET /b  0 GET /c  0 ", "\(result.errors)")
        }
    }

    @Test func headPUTDELETEAndChunkedUploadsWork() async throws {
        try await TestServer.run { server in
            let url = "http://\(server.address)/x"
            let head = try await curl(["-I", url])
            #expect(head.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
            let calls: [([String], String)] = [
                (["-X", "PUT", "-d", "data"], "PUT /x data"), (["-X", "DELETE"], "DELETE /x "),
                (["-H", "Transfer-Encoding: chunked", "-d", "data"], "POST /x data"),
                (["-H", "Expect: 100-continue", "-d", "data"], "POST /x data"), (["--http1.0"], "GET /x "),
            ]
            for (arguments, expected) in calls {
                let result = try await curl(arguments + [url])
                #expect(result.output == expected, "\(result.errors)")
            }
        }
    }

    @Test func aStreamIsReceivedAndItsCutNoticed() async throws {
        let handler = ClosureHandler { request in
            Response(
                body: .stream(length: nil, endless: false) { writer in
                    for _ in 0..<100 { try await writer.write(Array("0123456789".utf8)) }
                    if request.target == "/cut" { throw CancellationError() }
                }
            )
        }
        try await TestServer.run(handler: handler) { server in
            let whole = try await curl(["http://\(server.address)/whole"])
            #expect(whole.status == 0)
            #expect(whole.output.utf8.count == 1_000)
            let cut = try await curl(["http://\(server.address)/cut"])
            #expect(cut.status == 18)
        }
    }
}
