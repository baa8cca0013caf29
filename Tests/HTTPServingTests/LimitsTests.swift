import Glibc
import HTTPServing
import HTTPTypes
import Testing

@Suite(.timeLimit(.minutes(10)))
struct LimitsTests {
    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func aHeadThatDripsInIsCutOffWith408WhileOthersAreServed() async throws {
        var limits = ServerLimits()
        limits.headTimeout = .seconds(1)
        try await TestServer.run(limits: limits) { server in
            let slow = try (0..<50).map { _ in try RawClient(server.address) }
            for client in slow { try await client.send("GET / HTTP/1.1\r\nHost: x\r\n") }
            let dripping = Task {
                // Each byte comes within the limit; the head as a whole does not.
                while try await slow[0].send("X") { try await server.pause() }
            }
            let quick = try RawClient(server.address)
            try await quick.send(get)
            #expect(try await quick.receive(through: "GET / ").hasPrefix("HTTP/1.1 200 "))
            for client in slow.dropFirst() {
                let answer = try await client.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
                #expect(answer.contains("\"timeout\""))
            }
            #expect(try await slow[0].receiveAll().hasPrefix("HTTP/1.1 408 "))
            try await dripping.value
        }
    }

    @Test func aConnectionThatStaysSilentIsClosedWithoutAWord() async throws {
        var limits = ServerLimits()
        // The request has that long to come in, however slow the machine is.
        limits.idleTimeout = .seconds(3)
        try await TestServer.run(limits: limits) { server in
            #expect(try await RawClient(server.address).receiveAll() == "")
            let client = try RawClient(server.address)
            try await client.send(get)
            #expect(try await client.receiveAll().hasSuffix("GET / "))
        }
    }

    /// Answers `/busy` only when told, all else at once.
    private func busy(_ signals: Signals) -> ClosureHandler {
        ClosureHandler { request in
            if request.target == "/busy" {
                await signals.send("begun")
                await signals.wait("finish")
            }
            return Response(body: .bytes(Array("done".utf8)))
        }
    }

    @Test func oneConnectionTooManyIsTold503() async throws {
        var limits = ServerLimits()
        limits.connections = 2
        let signals = Signals()
        try await TestServer.run(limits: limits, handler: busy(signals)) { server in
            let clients = try (0..<2).map { _ in try RawClient(server.address) }
            for client in clients { try await client.send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n") }
            await signals.wait("begun", count: 2)
            let answer = try await RawClient(server.address).receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            #expect(answer.contains("\r\nRetry-After: 1\r\n"))
            await signals.send("finish")
            for client in clients { #expect(try await client.receive(through: "done").hasSuffix("done")) }
        }
    }

    @Test func oneAddressDoesNotGetAllConnections() async throws {
        var limits = ServerLimits()
        limits.connectionsPerPeer = 1
        let signals = Signals()
        try await TestServer.run(limits: limits, handler: busy(signals)) { server in
            let first = try RawClient(server.address)
            try await first.send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
            await signals.wait("begun")
            #expect(try await RawClient(server.address).receiveAll().hasPrefix("HTTP/1.1 503 "))
            await signals.send("finish")
        }
    }

    @Test func whenItGetsCrowdedWhoeverHasBeenIdleLongestMakesRoom() async throws {
        var limits = ServerLimits()
        limits.connections = 3
        try await TestServer.run(limits: limits) { server in
            let clients = try (0..<3).map { _ in try RawClient(server.address) }
            for client in clients {
                try await client.send(get)
                _ = try await client.receive(through: "GET / ")
            }
            let late = try RawClient(server.address)
            try await late.send(get)
            #expect(try await late.receive(through: "GET / ").hasPrefix("HTTP/1.1 200 "))
            #expect(try await clients[0].receiveAll() == "")
            try await clients[2].send(get)
            #expect(try await clients[2].receive(through: "GET / ").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test(.enabled(if: getenv("PRECACHE_SANITIZED") == nil, "a sanitizer's own memory would be counted"))
    func tenThousandIdleConnectionsCostLittleAndOthersAreServed() async throws {
        // In a process of its own: the memory of the other tests would be counted.
        await #expect(processExitsWith: .success) {
            let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            try await TestServer.run { server in
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                // Both ends live in this process.
                let count = min(10_000, (Int(limit.rlim_cur) - 500) / 2)
                let before = LimitsTests.residentBytes()
                let idle = try IdleSockets(count, to: server.address, saying: get)
                try await server.wait { server.server.connectionCount == count }
                let client = try RawClient(server.address)
                for _ in 0..<10 {
                    try await client.send(get)
                    try #require(await client.receive(through: "GET / ").hasPrefix("HTTP/1.1 200 "))
                }
                try #require(LimitsTests.residentBytes() - before < count * 4_096)
                idle.close()
                try await server.wait { server.server.connectionCount == 1 }

                // Nor do heads that drip in: each holds what it has sent and no more.
                let dripping = try IdleSockets(count, to: server.address, saying: "GET / HTTP/1.1\r\nHost: ")
                try await server.wait { server.server.connectionCount == count + 1 }
                try #require(LimitsTests.residentBytes() - before < count * 4_096)
                dripping.close()
            }
        }
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        fgets(&line, 128, file)
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        return words.count > 1 ? (Int(words[1]) ?? 0) * Int(getpagesize()) : 0
    }

    @Test func runningOutOfDescriptorsPausesTheListenerAndDoesNotSpin() async throws {
        // In a process of its own: the limit would meet the other tests.
        await #expect(processExitsWith: .success) {
            let signals = Signals()
            try await TestServer.run(handler: LimitsTests().busy(signals)) { server in
                let busy = try RawClient(server.address)
                try await busy.send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
                await signals.wait("begun")
                var limit = rlimit(rlim_cur: 256, rlim_max: 256)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                var held: [Int32] = []
                while case let taken = dup(0), taken >= 0 { held.append(taken) }
                close(held.removeLast())
                // The client's socket takes the last descriptor, so the server has none to accept it with.
                let late = try RawClient(server.address)
                try await late.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                let (start, begin) = (LimitsTests.processorTime(), ContinuousClock.now)
                for _ in 0..<60 { try await server.pause() }
                // A busy machine stretches the pauses, and with them what the pauses themselves cost.
                let allowed = 150_000 + Int((ContinuousClock.now - begin) / .microseconds(5))
                try #require(LimitsTests.processorTime() - start < allowed)
                try #require(server.server.connectionCount == 1)
                for descriptor in held { close(descriptor) }
                try #require(await late.receive(through: "done").hasPrefix("HTTP/1.1 200 "))
                await signals.send("finish")
            }
        }
    }

    private static func processorTime() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000 + usage.ru_utime.tv_usec
            + usage.ru_stime.tv_usec
    }
}
