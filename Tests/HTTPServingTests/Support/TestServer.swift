import HTTPServing
import HTTPTypes
import Logging
import Reactor
import Synchronization

/// A server on a port of its own for one test, with what it observed.
final class TestServer: Sendable {
    let server: HTTPServer
    let address: SocketAddress
    private let loops: EventLoopGroup
    private let log: RecordLog

    init(
        limits: ServerLimits = ServerLimits(),
        tls: TLSConfiguration? = nil,
        loops count: Int = 1,
        handler: any HTTPHandler
    ) async throws {
        let loops = try EventLoopGroup(count: count, name: "test")
        let log = RecordLog()
        self.loops = loops
        self.log = log
        server = HTTPServer(
            configuration: ServerConfiguration(address: "127.0.0.1", port: 0, tls: tls, limits: limits),
            loops: loops,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            handler: handler,
            observer: { log.append($0) }
        )
        address = try await server.start()
    }

    var records: [RequestRecord] { log.all }

    /// Lets a few milliseconds pass, for loops that wait until something holds.
    func pause() async throws {
        try await loops.loops[0].sleep(for: .milliseconds(5))
    }

    /// Runs `body` in every round of the first loop until it returns false.
    func everyRound(_ body: @escaping @Sendable () -> Bool) {
        loops.loops[0].execute { [self] in
            if body() { everyRound(body) }
        }
    }

    /// Waits until something holds; the test's time limit ends a wait in vain.
    func wait(until condition: () async throws -> Bool) async throws {
        while try await !condition() { try await pause() }
    }

    /// Stops server and loops; a test calls it last, whatever happened.
    func stop(within limit: Duration = .milliseconds(200)) async {
        await server.stop(within: limit)
        loops.stop()
    }

    /// Runs a test with a server and stops it afterwards.
    static func run(
        limits: ServerLimits = ServerLimits(),
        tls: TLSConfiguration? = nil,
        loops: Int = 1,
        handler: any HTTPHandler = EchoHandler(),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer(limits: limits, tls: tls, loops: loops, handler: handler)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}

private final class RecordLog: Sendable {
    private let records = Mutex<[RequestRecord]>([])

    var all: [RequestRecord] { records.withLock { $0 } }

    func append(_ record: RequestRecord) {
        records.withLock { $0.append(record) }
    }
}

/// Answers with a closure.
struct ClosureHandler: HTTPHandler {
    let body: @Sendable (Request) async -> Response

    init(_ body: @escaping @Sendable (Request) async -> Response) {
        self.body = body
    }

    func reply(to request: Request) -> Reply { .later { await body(request) } }
}

/// Tells what it was asked: method, target and body.
struct EchoHandler: HTTPHandler {
    func reply(to request: Request) -> Reply { .later { await respond(to: request) } }

    private func respond(to request: Request) async -> Response {
        do throws(HTTPFailure) {
            let body = try await request.body.collect(upTo: 10_000_000)
            let head = "\(request.method.rawValue) \(request.target) "
            return Response(headers: [.contentType: "text/plain"], body: .bytes(Array(head.utf8) + body))
        } catch {
            return Response(status: error.status, body: .bytes(Array(error.code.utf8)))
        }
    }
}

extension TestServer {
    /// The error with which a server does not start; nil when it does.
    static func failure(_ configuration: ServerConfiguration) async throws -> ServerError? {
        let loops = try EventLoopGroup(count: 1, name: "test")
        defer { loops.stop() }
        let server = HTTPServer(
            configuration: configuration,
            loops: loops,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            handler: EchoHandler()
        )
        do throws(ServerError) {
            _ = try await server.start()
        } catch {
            return error
        }
        await server.stop(within: .zero)
        return nil
    }
}
