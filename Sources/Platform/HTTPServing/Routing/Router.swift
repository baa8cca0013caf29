package import HTTPTypes

/// Finds the handler for a method and path.
///
/// Patterns are literal segments and `{names}`, which stand for one non-empty segment: `/v1/jobs/{id}/events`. A
/// literal wins over a name. A path that exists under other methods is answered 405 with `Allow`; HEAD is
/// answered by GET's handler where there is none of its own.
package struct Router: HTTPHandler {
    /// Answers a request, or throws what it is to be refused with.
    package typealias Handler = @Sendable (Request, PathParameters) async throws -> Response

    /// Answers a request at once, or leaves it to its ``Handler``.
    package typealias QuickHandler = @Sendable (Request, PathParameters) -> Response?

    private struct Route: Sendable {
        let handler: Handler
        let quick: QuickHandler?
    }

    /// What is registered, in the order of registration.
    package private(set) var routes: [(method: HTTPRequest.Method, pattern: String)] = []

    private var tree = RouteTree<Route>()
    private let failure: @Sendable (HTTPFailure, Request) -> Response

    /// Makes an empty router.
    ///
    /// - Parameter failure: Renders 404, 405 and what handlers throw; an error that is no ``HTTPFailure`` comes as
    ///   500 `internal` with the error as `underlying`.
    package init(failure: @escaping @Sendable (HTTPFailure, Request) -> Response) {
        self.failure = failure
    }

    /// Registers a handler; a second one for the same method and pattern replaces the first.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - pattern: The path, beginning with `/`.
    ///   - quick: What answers where nothing has to be waited for.
    ///   - handler: What answers.
    package mutating func on(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        quick: QuickHandler? = nil,
        _ handler: @escaping Handler
    ) {
        routes.removeAll { $0.method == method && $0.pattern == pattern }
        routes.append((method, pattern))
        tree.insert(Route(handler: handler, quick: quick), method: method, pattern: pattern)
    }

    /// Answers through the route's quick handler if it has one.
    package func respondAtOnce(to request: Request) -> Response? {
        guard let match = try? tree.find(request.method, path: request.path),
            var response = match.entry.value.quick?(request, match.parameters)
        else { return nil }
        if response.route == nil { response.route = match.entry.pattern }
        return response
    }

    /// Answers with the route's handler, or through the closure for failures.
    package func respond(to request: Request) async -> Response {
        var route: String?
        do throws(HTTPFailure) {
            let match = try tree.find(request.method, path: request.path)
            route = match.entry.pattern
            var response = try await run(match.entry.value.handler, request, match.parameters)
            if response.route == nil { response.route = route }
            return response
        } catch {
            var response = failure(error, request)
            if response.route == nil { response.route = route }
            return response
        }
    }

    private func run(
        _ handler: Handler,
        _ request: Request,
        _ parameters: PathParameters
    ) async throws(HTTPFailure) -> Response {
        do {
            return try await handler(request, parameters)
        } catch let failure as HTTPFailure {
            throw failure
        } catch {
            throw HTTPFailure(
                status: .internalServerError,
                code: "internal",
                message:
                    "The request could not be served; the log of the service tells why under \(request.id).",
                underlying: error
            )
        }
    }
}
