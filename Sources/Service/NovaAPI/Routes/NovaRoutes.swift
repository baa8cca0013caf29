package import HTTPServing
import HTTPTypes
import Logging
import PrecacheModel

/// Nova's API as far as it concerns aggregates, so that OpenStack's clients work here unchanged.
///
/// The resources are under `/v2.1` and, as older clients write them, `/v2.1/{project_id}`; version documents are at `/`,
/// `/v2` and `/v2.1`. Each request is checked in Nova's order: token, version, type of the body, the body's schema,
/// permission, and only then what it names.
package struct NovaRoutes: Sendable {
    let dependencies: NovaDependencies
    let documents: VersionDocuments
    private let door: NovaDoor

    /// Routes over these stores.
    package init(_ dependencies: NovaDependencies) {
        self.dependencies = dependencies
        documents = VersionDocuments(publicURL: dependencies.publicURL, isSecure: dependencies.isSecure)
        door = NovaDoor(dependencies)
    }

    /// Whether a path is one of this API's.
    package static func own(_ path: String) -> Bool {
        path == "/" || path == "/v2" || path == "/v2.1" || path.hasPrefix("/v2/") || path.hasPrefix("/v2.1/")
    }

    /// A router with all of them.
    package func router() -> Router {
        let door = door
        var router = Router { failure, request in
            Self.signed(door.refusal(of: failure, request), request)
        }
        addVersions(to: &router)
        addAggregates(to: &router)
        addActions(to: &router)
        addCompute(to: &router)
        addZones(to: &router)
        return router
    }

    /// What a route does with a request whose sender and version are known; permission it checks itself, since Nova
    /// looks at the body first.
    typealias Body = @Sendable (NovaCall) async throws -> Response

    /// Registers a resource under both prefixes, with and without a slash at the end; before the version `since` there
    /// is nothing.
    func on(
        _ router: inout Router,
        _ method: HTTPRequest.Method,
        _ path: String,
        since: Microversion = .minimum,
        _ body: @escaping Body
    ) {
        let door = door
        for prefix in ["/v2.1", "/v2.1/{project}"] {
            for end in ["", "/"] {
                router.on(method, prefix + path + end) { request, parameters in
                    let response = await door.serve(request, parameters) { call in
                        guard call.version >= since else { throw NovaFault.notFound() }
                        return try await body(call)
                    }
                    return Self.signed(response, request)
                }
            }
        }
    }

    private func addVersions(to router: inout Router) {
        let documents = documents
        router.on(.get, "/") { request, _ in documents.list(request) }
        for (path, version) in [("/v2", VersionDocuments.Version.old), ("/v2.1", .current)] {
            for end in ["", "/"] {
                router.on(.get, path + end) { request, _ in
                    guard version == .current else {
                        return Self.signed(documents.document(version, request), request)
                    }
                    let response = NovaDoor.versioned(request) { _ in documents.document(version, request) }
                    return Self.signed(response, request)
                }
            }
        }
    }

    /// The answer with the request's name, by which a log line is found.
    private static func signed(_ response: Response, _ request: Request) -> Response {
        var response = response
        response.headers[.computeRequestID] = request.id
        response.headers[.openStackRequestID] = request.id
        return response
    }
}
