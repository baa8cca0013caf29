internal import CCurl
package import Logging
package import Reactor

/// Makes HTTP requests with libcurl on an event loop: thousands at a time on one thread.
///
/// Any task may call it. ``FetcherConfiguration`` says what all its fetches have in common; it is best to have one
/// fetcher per loop, since connections are shared within it only.
package final class HTTPFetcher: Sendable {
    private let engine: FetchEngine

    /// A fetcher on a loop, which has to outlive it.
    ///
    /// - Parameters:
    ///   - loop: where all its fetches run.
    ///   - configuration: what they have in common.
    ///   - logger: told of changed TLS files that cannot be used, once a change.
    /// - Throws: ``FetchError/Code/other`` when libcurl cannot be started or would resolve names on the loop.
    package init(
        loop: EventLoop,
        configuration: FetcherConfiguration = FetcherConfiguration(),
        logger: Logger = Logger(label: "fetch")
    ) throws(FetchError) {
        guard Self.started == CURLE_OK else {
            throw FetchError(code: .other, retry: .permanent, message: "libcurl cannot be started")
        }
        guard ccurl_resolves_asynchronously() != 0 else {
            throw FetchError(
                code: .other,
                retry: .permanent,
                message: "This libcurl was built without AsynchDNS and would block on name resolution"
            )
        }
        engine = FetchEngine(loop: loop, configuration: configuration, logger: logger)
    }

    /// Sends a request and waits for the head of the final response.
    ///
    /// Cancelling the task stops the transfer and closes its connection, and so does letting go of the body.
    ///
    /// - Returns: the head, with the body still arriving as it is read; any HTTP status.
    /// - Throws: what kept the response from coming; see ``FetchError/Code``.
    package func fetch(_ request: FetchRequest) async throws(FetchError) -> FetchResponse {
        let engine = engine
        let transfer = try Transfer(request, configuration: engine.configuration, loop: engine.loop)
        let pipe = BodyPipe(
            buffering: request.buffering,
            wake: { engine.loop.execute { engine.resume(transfer) } },
            drop: { engine.loop.execute { engine.letGo(transfer) } }
        )
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                engine.loop.execute {
                    transfer.expect(by: caller, through: pipe)
                    engine.start(transfer)
                }
            }
        } onCancel: {
            engine.loop.execute { engine.cancel(transfer, .cancelled("The task was cancelled")) }
        }
        return try result.get()
    }

    /// Ends all fetches with ``FetchError/Code/cancelled`` and closes all connections.
    ///
    /// Later fetches fail likewise.
    ///
    /// To be called before the loop stops.
    package func stop() async {
        let engine = engine
        await withCheckedContinuation { done in
            engine.loop.execute {
                engine.stop()
                done.resume()
            }
        }
    }

    deinit {
        let engine = engine
        engine.loop.execute { engine.stop() }
    }

    private static let started: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
}
