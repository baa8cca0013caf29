package import HTTPTypes

/// Finds the handler for a method and path.
///
/// Patterns are literal segments and `{names}`, which stand for one non-empty segment: `/v1/jobs/{id}/events`. A
/// literal wins over a name. A path that exists under other methods is answered 405 with `Allow`; HEAD is
/// answered by GET's handler where there is none of its own.
package struct Router: HTTPHandler {
    /// Answers a request, or says what is left to do for it.
    package typealias Handler = @Sendable (Request, PathParameters) -> Reply

    /// What is registered, in the order of registration.
    package private(set) var routes: [(method: HTTPRequest.Method, pattern: String)] = []

    private var tree = RouteTree<Handler>()
    private let refusal: @Sendable (HTTPFailure, Request) -> Response

    /// Makes an empty router.
    ///
    /// - Parameter refusal: Renders what finds no route: 404, 405, and 400 for a path that isn't text.
    package init(refusal: @escaping @Sendable (HTTPFailure, Request) -> Response) {
        self.refusal = refusal
    }

    /// Registers a handler; one that an earlier route's requests would find is a mistake in the program, and ends it.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - pattern: The path, beginning with `/`.
    ///   - handler: What answers.
    package mutating func on(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ handler: @escaping Handler
    ) {
        tree.insert(handler, method: method, pattern: pattern)
        routes.append((method, pattern))
    }

    /// The reply of the route's handler, or the refusal where there is no route.
    package func reply(to request: Request) -> Reply {
        let match: RouteTree<Handler>.Match
        do throws(HTTPFailure) {
            match = try tree.find(request.method, path: request.path)
        } catch {
            return .ready(refusal(error, request))
        }
        let pattern = match.entry.pattern
        switch match.entry.value(request, match.parameters) {
        case .ready(var response):
            response.route = pattern
            return .ready(response)
        case .later(let work):
            return .later {
                var response = await work()
                response.route = pattern
                return response
            }
        }
    }
}

/// The values of a pattern's `{names}`, percent-decoded.
package struct PathParameters: Sendable {
    private let names: [String]
    private let values: [String]

    /// Holds no values.
    package init() { self.init(names: [], values: []) }

    init(names: [String], values: [String]) {
        self.names = names
        self.values = values
    }

    /// The value of a name; nil for one that the pattern does not have.
    package subscript(name: String) -> String? {
        names.firstIndex(of: name).map { values[$0] }
    }
}
