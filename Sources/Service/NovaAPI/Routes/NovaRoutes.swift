package import HTTPDoor
package import HTTPServing
import HTTPTypes
package import Logging
package import PrecacheModel

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

    /// Registers all of them.
    package func add(to router: inout Router) {
        addVersions(to: &router)
        addAggregates(to: &router)
        addActions(to: &router)
        addCompute(to: &router)
        addZones(to: &router)
    }

    /// What a request of this API that finds no route is answered: 404 and 405.
    package static func refusal(_ failure: HTTPFailure, _ request: Request) -> Response {
        signed(NovaFault(failure).response(), request)
    }

    /// What a route does with a request whose sender and version are known; permission it checks itself, since Nova
    /// looks at the body first.
    ///
    /// In these bodies each `await` stands in a statement of its own. The optimizer of Swift 6.3.1 crashes ("While
    /// splitting coroutine") on a guard that binds an awaited value beside other conditions:
    /// `guard let id = try call.id(), let found = try await inventory.aggregate(id: id) else { throw … }`.
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
                    .later {
                        let response = await door.serve(request, parameters, since: since, body)
                        return Self.signed(response, request)
                    }
                }
            }
        }
    }

    private func addVersions(to router: inout Router) {
        let documents = documents
        router.on(.get, "/") { request, _ in
            // People who type the service's address look for its page; Nova's clients ask for JSON, or for anything.
            var response = Self.takesPages(request) ? Response(status: .seeOther) : documents.list(request)
            // Relative, for a proxy may have us below a path of its own.
            if response.status == .seeOther { response.headers[.location] = "ui/" }
            response.headers[.vary] = "Accept"
            return .ready(response)
        }
        for (path, version) in [("/v2", VersionDocuments.Version.old), ("/v2.1", .current)] {
            for end in ["", "/"] {
                router.on(.get, path + end) { request, _ in
                    let document = documents.document(version, request)
                    let response =
                        version == .current ? NovaDoor.versioned(request) { _ in document } : document
                    return .ready(Self.signed(response, request))
                }
            }
        }
    }

    /// Whether HTML is among what a request says that it takes (RFC 9110, section 12.5.1), as browsers do: `*/*` names nothing.
    private static func takesPages(_ request: Request) -> Bool {
        let ranges = request.header(.accept)?.split(separator: ",") ?? []
        return ranges.contains { range in
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            let isRefused = parts.dropFirst().contains {
                $0.hasPrefix("q=0") && !$0.contains { ("1"..."9").contains($0) }
            }
            return parts.first == "text/html" && !isRefused
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

/// What the routes of Nova's API work with.
package struct NovaDependencies: Sendable {
    /// Aggregates and hosts.
    package var inventory: any NovaInventory
    /// Takes jobs.
    package var jobs: any NovaJobs
    /// Who may come in.
    package var gate: any Gatekeeper
    /// Who is believed about whom it speaks for.
    package var proxies: TrustedProxies
    /// The role that may start jobs here: `admin`, as in Nova, or `operator`.
    package var imagesRole: Role
    /// The zone of hosts that no aggregate puts in one.
    package var defaultZone: String
    /// The address that clients reach the service by, without a slash at the end; nil takes it from each request.
    package var publicURL: String?
    /// Whether the service speaks TLS itself.
    package var isSecure: Bool
    /// The wall clock.
    package var clock: @Sendable () -> Timestamp
    /// Where changes and troubles are told.
    package var logger: Logger

    /// Puts dependencies together.
    package init(
        inventory: any NovaInventory,
        jobs: any NovaJobs,
        gate: any Gatekeeper,
        proxies: TrustedProxies = TrustedProxies(),
        imagesRole: Role,
        defaultZone: String,
        publicURL: String?,
        isSecure: Bool,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.inventory = inventory
        self.jobs = jobs
        self.gate = gate
        self.proxies = proxies
        self.imagesRole = imagesRole
        self.defaultZone = defaultZone
        self.publicURL = publicURL
        self.isSecure = isSecure
        self.clock = clock
        self.logger = logger
    }
}
