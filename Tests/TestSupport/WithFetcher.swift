package import HTTPFetching
import Reactor

/// A fetcher on a loop of its own, stopped afterwards.
package func withFetcher<Value>(
    _ configuration: FetcherConfiguration = FetcherConfiguration(),
    _ body: (HTTPFetcher) async throws -> Value
) async throws -> Value {
    let loop = try EventLoop(name: "fetch-test")
    defer { loop.stop() }
    let fetcher = try HTTPFetcher(loop: loop, configuration: configuration)
    do {
        let value = try await body(fetcher)
        await fetcher.stop()
        return value
    } catch {
        await fetcher.stop()
        throw error
    }
}

/// A server and a fetcher.
package func withServer<Value>(
    _ script: @escaping ScriptedServer.Script,
    _ body: (ScriptedServer, HTTPFetcher) async throws -> Value
) async throws -> Value {
    let server = try ScriptedServer(script)
    defer { server.stop() }
    return try await withFetcher { try await body(server, $0) }
}

/// The error that a fetch, body included, ends with; nil when it ends well.
package func failure(
    of request: FetchRequest,
    with fetcher: HTTPFetcher,
    limit: Int = 1 << 30
) async -> FetchError? {
    do throws(FetchError) {
        _ = try await fetcher.fetch(request).body.collect(upTo: limit)
        return nil
    } catch {
        return error
    }
}

extension HTTPFetcher {
    /// The whole body as text.
    package func text(_ request: FetchRequest) async throws(FetchError) -> String {
        String(decoding: try await fetch(request).body.collect(upTo: 1 << 20), as: UTF8.self)
    }
}
