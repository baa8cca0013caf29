package import FanOut
import HTTPDoor
package import HTTPFetching
import HTTPTypes
package import Logging
import PrecacheAPI
package import PrecacheModel

/// Talks to agents over HTTP: the wire under the dispatcher's ``AgentCaller``.
///
/// A task is put on its agent and followed as a stream of JSON lines. A connection that is cut is made again at once
/// with the same attempt, which attaches to the task; when that brings nothing new several times in a row the agent
/// is unreachable.
package final class HTTPAgentCaller: AgentCaller {
    private let fetchers: [HTTPFetcher]
    let configuration: AgentLinkConfiguration
    private let sourcing: (any ImageSourcing)?
    private let logger: Logger

    /// The most of a refusal's body that is read.
    private static let problemBytes = 16_384

    /// The most connections of one attempt, however much news each brings.
    private static let connectionLimit = 1_000

    /// An agent's lines are small and far between, and there are thousands of streams.
    private static let buffering = FetchBuffering(receiveBytes: 4_096, bodyBytes: 16_384, chunkBytes: 4_096)

    /// A caller.
    ///
    /// - Parameters:
    ///   - fetchers: One for each event loop, at least one: that of ``AgentPlace/loop(of:)`` calls an agent, and keeps its
    ///     connection.
    ///   - configuration: How agents are reached.
    ///   - sourcing: Knows the images of an image service; nil if there is none.
    ///   - logger: Told of connections made again (debug).
    package init(
        fetchers: [HTTPFetcher],
        configuration: AgentLinkConfiguration,
        sourcing: (any ImageSourcing)? = nil,
        logger: Logger
    ) {
        precondition(!fetchers.isEmpty, "a caller of agents needs a fetcher")
        self.fetchers = fetchers
        self.configuration = configuration
        self.sourcing = sourcing
        self.logger = logger
    }

    /// See ``AgentCaller``.
    ///
    /// - Throws: ``AgentFailure`` with `agent_unreachable`, `agent_timeout`, `agent_unauthorized` or `agent_protocol`;
    ///   with `cancelled` when the calling task was cancelled.
    package func run(
        _ task: AgentTask,
        on agent: AgentPlace,
        onEvent: @escaping @Sendable (AgentEvent) -> Void
    ) async throws(AgentFailure) {
        let fetcher = fetcher(for: agent)
        var stream = TaskStream(task)
        var cutsInARow = 0
        var connections = 0
        var isOlder = false
        while true {
            var order = try await order(task)
            order.host = isOlder ? nil : agent.host
            var request = request(.put, agent, target(task), body: order.body())
            request.headers[.traceparent] = task.trace?.text
            let cut: FetchError
            switch try await follow(order, request, with: fetcher, &stream, onEvent) {
            case .ended: return
            case .refusedHost:
                isOlder = true
                continue
            case .busy(let wait):
                // It has more in hand than it keeps in memory, as a host has at work: the task waits its turn within its time.
                try await pause(for: wait)
                continue
            case .cut(let error): cut = error
            }
            connections += 1
            // An agent that never took the task is most likely none: one more try is enough.
            cutsInARow = stream.hasNews ? 0 : cutsInARow + 1
            let limit = stream.isAccepted ? configuration.reattachments : 1
            guard cutsInARow <= limit, connections < Self.connectionLimit else { throw AgentFailure(cut) }
            logger.debug("attaching to a task again", metadata: facts(task, agent, cut.message))
            if cutsInARow > 0 { try await pause(before: cutsInARow) }
        }
    }

    /// See ``AgentCaller``.
    ///
    /// A word that got lost is said again: an agent that didn't hear it would work on for nobody.
    package func cancel(_ task: AgentTask, on agent: AgentPlace) async {
        for pause in configuration.cancelPauses {
            guard await !isCancelHeard(task, on: agent) else { return }
            // Not all hosts of a rack at once.
            do { try await Task.sleep(for: pause * Double.random(in: 0.5...1.5)) } catch { return }
        }
        _ = await isCancelHeard(task, on: agent)
    }

    /// Asks once; false if it is worth asking again.
    private func isCancelHeard(_ task: AgentTask, on agent: AgentPlace) async -> Bool {
        // A later attempt, that another process of ours began, goes on.
        var request = request(.delete, agent, target(task) + "?attempt=\(task.attempt)")
        request.timeouts.total = configuration.cancelTimeout
        request.headers[.traceparent] = task.trace?.text
        do throws(FetchError) {
            let response = try await fetcher(for: agent).fetch(request)
            _ = try await response.body.collect(upTo: Self.problemBytes)
            if response.status != .tooManyRequests, response.status.kind != .serverError { return true }
            let cause = "The agent answered \(response.status.code)"
            logger.debug("could not ask an agent to cancel", metadata: facts(task, agent, cause))
            return false
        } catch {
            logger.debug("could not ask an agent to cancel", metadata: facts(task, agent, error.message))
            return error.retry != .retryable
        }
    }

    private func facts(_ task: AgentTask, _ agent: AgentPlace, _ cause: String) -> Logger.Metadata {
        [
            "job": "\(task.job)", "host": "\(agent.host)", "attempt": "\(task.attempt)",
            "cause": "\(cause)", "trace": "\(task.trace?.traceID ?? "-")",
        ]
    }

    /// The task with sources that are good now for images of an image service.
    private func order(_ task: AgentTask) async throws(AgentFailure) -> AgentTask {
        var order = task
        // Who gets an image from neighbours alone is told of no source.
        for index in order.images.indices
        where order.images[index].reference.origin == .imageService && !order.images[index].sources.isEmpty {
            guard let sourcing else {
                throw AgentFailure(
                    reason: .sourceUnauthorized,
                    detail: "the image is Glance's, and the settings no longer say who the service is there"
                )
            }
            order.images[index].sources = try await sourcing.sources(of: order.images[index].reference)
        }
        return order
    }

    /// What an event means, errors at an image service looked into.
    private func judged(_ event: AgentEvent, _ order: AgentTask) async -> AgentEvent {
        guard let sourcing, case .outcome(let id, let outcome) = event, outcome.outcome == .error,
            let image = order.images.first(where: { $0.id == id }), image.reference.origin == .imageService
        else { return event }
        return .outcome(image: id, await sourcing.judge(outcome, of: image.reference, from: image.sources))
    }

    /// How a connection ended.
    private enum Turn {
        /// With the task.
        case ended
        /// Before it, for this cause.
        case cut(FetchError)
        /// At once: the agent has so much to do that it takes nothing more for so long.
        case busy(Duration)
        /// At once: the agent is from before orders named their host, and refuses what it doesn't know.
        case refusedHost
    }

    /// Follows a task over one connection.
    ///
    /// - Throws: What another connection would not mend.
    private func follow(
        _ order: AgentTask,
        _ request: FetchRequest,
        with fetcher: HTTPFetcher,
        _ stream: inout TaskStream,
        _ onEvent: @Sendable (AgentEvent) -> Void
    ) async throws(AgentFailure) -> Turn {
        stream.connect()
        var lines = LineSplitter(limit: AgentEvent.longestLine)
        do {
            let response = try await fetcher.fetch(request)
            guard response.status == .ok else {
                let body = (try? await response.body.collect(upTo: Self.problemBytes)) ?? []
                if order.host != nil, response.status == .badRequest, AgentAnswer.refusesHost(body) {
                    return .refusedHost
                }
                let failure = AgentAnswer.failure(
                    status: response.status.code,
                    retryAfter: response.headers[.retryAfter],
                    body: body
                )
                if AgentAnswer.isOverloaded(body) {
                    return .busy(failure.retryAfter ?? configuration.reattachPause)
                }
                throw failure
            }
            for try await bytes in response.body {
                for line in try lines.take(bytes) {
                    if let event = try stream.take(line) { onEvent(await judged(event, order)) }
                    if stream.hasEnded { return .ended }
                }
            }
            return .cut(
                FetchError(
                    code: .closed,
                    retry: .retryable,
                    message: "the agent closed the stream before the task's end"
                )
            )
        } catch let failure as AgentFailure {
            throw failure
        } catch let error as FetchError {
            // Once it has the task an agent that is away for a moment is worth waiting for.
            let isCut = error.code == .closed || stream.isAccepted && (error.code == .connect)
            guard isCut else { throw AgentFailure(error) }
            return .cut(error)
        } catch {
            let limit = AgentEvent.longestLine
            throw AgentFailure(
                reason: .agentProtocol,
                detail: "The agent broke the protocol: a line is longer than \(limit) bytes"
            )
        }
    }

    private func pause(before attempt: Int) async throws(AgentFailure) {
        try await pause(for: configuration.reattachPause * (1 << min(attempt - 1, 6)))
    }

    private func pause(for duration: Duration) async throws(AgentFailure) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw AgentFailure(FetchError(code: .cancelled, retry: .cancelled, message: ""))
        }
    }

    func fetcher(for agent: AgentPlace) -> HTTPFetcher { fetchers[agent.loop(of: fetchers.count)] }

    private func target(_ task: AgentTask) -> String { "/v1/tasks/\(task.id)" }

    /// A request to an agent, with what it asks for to let us in.
    func request(
        _ method: HTTPRequest.Method,
        _ agent: AgentPlace,
        _ target: String,
        body: [UInt8]? = nil
    ) -> FetchRequest {
        let address = agent.address.contains(":") ? "[\(agent.address)]" : agent.address
        // With TLS the URL has the name that the certificate must have, and the address is dialled beneath it.
        let host = configuration.tls == nil ? address : agent.host.text
        let scheme = configuration.tls == nil ? "http" : "https"
        var request = FetchRequest(
            method: method,
            url: "\(scheme)://\(host):\(agent.port)\(target)",
            body: body,
            redirects: 0,
            buffering: Self.buffering
        )
        request.timeouts = FetchTimeouts(
            connect: configuration.connectTimeout,
            idle: configuration.silenceLimit
        )
        if let tls = configuration.tls {
            request.tls = tls
            request.connectTo = .init(address: agent.address, port: agent.port)
        }
        if body != nil { request.headers[.contentType] = "application/json" }
        // The host that is meant, so that another's agent at its address does nothing; older ones pass it over.
        request.headers[.precacheHost] = agent.host.text
        if let secret = configuration.token, let token = HostToken(secret: secret, host: agent.host) {
            request.headers[.authorization] = "Bearer \(token.text)"
        }
        return request
    }
}

/// Knows where the bytes of an image service's images are, and what to ask for them with.
package protocol ImageSourcing: Sendable {
    /// The places of an image's bytes, best first, with credentials that are fresh now.
    ///
    /// Asked at each connection with an agent: what the agent had before may have ended.
    ///
    /// - Throws: ``AgentFailure`` if there are no credentials to be had now.
    func sources(of image: ImageReference) async throws(AgentFailure) -> [ImageSource]

    /// Looks into an error of an agent that such a source caused, and says what it means.
    ///
    /// - Parameters:
    ///   - outcome: What the agent said; returned as it is if there is nothing better to say.
    ///   - image: The image.
    ///   - sources: What the agent had been given.
    /// - Returns: What became of the image.
    func judge(
        _ outcome: ImageOutcome,
        of image: ImageReference,
        from sources: [ImageSource]
    ) async -> ImageOutcome
}
