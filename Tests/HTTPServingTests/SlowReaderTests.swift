import HTTPServing
import HTTPTypes
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SlowReaderTests {
    @Test func `an answer that a slow reader still takes is not cut at the idle limit`() async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .milliseconds(100)
        let size = 16_777_216
        let handler = ClosureHandler { _ in Response(body: .bytes([UInt8](repeating: 65, count: size))) }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address, receiveBuffer: 4_096)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            var answer = try await client.receive(upTo: 1_024) ?? []
            // Several times the idle limit, far within the write limit.
            try await Task.sleep(for: .milliseconds(600))
            while let part = try await client.receive(upTo: 1_048_576) {
                answer += part
                if answer.count > size { break }
            }
            #expect(answer.count > size)
        }
    }

    @Test func `a connection whose answer was taken late is closed when it then stays idle`() async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .milliseconds(100)
        let size = 16_777_216
        let handler = ClosureHandler { _ in Response(body: .bytes([UInt8](repeating: 65, count: size))) }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address, receiveBuffer: 4_096)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await Task.sleep(for: .milliseconds(300))
            // Returns at the end of the stream only: the server ends it once all is taken and nothing follows.
            #expect(try await client.receiveAll().utf8.count > size)
        }
    }

    @Test func `a client that takes nothing is given up, however much waits for it`() async throws {
        var limits = ServerLimits()
        limits.writeTimeout = .milliseconds(200)
        let handler = ClosureHandler { _ in
            Response(body: .bytes([UInt8](repeating: 65, count: 16_777_216)))
        }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address, receiveBuffer: 4_096)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.receive(upTo: 1)
            try await server.wait { server.server.connectionCount == 0 }
        }
    }

    @Test func `a client that takes little by little is not given up`() async throws {
        var limits = ServerLimits()
        limits.writeTimeout = .seconds(1)
        let handler = ClosureHandler { _ in
            Response(body: .bytes([UInt8](repeating: 65, count: 16_777_216)))
        }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address, receiveBuffer: 4_096)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            // For twice the limit, less than the system's buffers hold, so that nothing can be written.
            for _ in 0..<40 {
                var taken = 0
                while taken < 8_192 { taken += try #require(await client.receive(upTo: 8_192)).count }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(server.server.connectionCount == 1)
        }
    }
}
