import HTTPServing
import NovaAPI

/// Both APIs behind one listener: Nova's has `/`, `/v2` and `/v2.1`, everything else is the service's own.
struct FrontDoor: HTTPHandler {
    let nova: Router
    let service: Router

    func respondAtOnce(to request: Request) -> Response? {
        // All of Nova's routes have something to wait for.
        service.respondAtOnce(to: request)
    }

    func respond(to request: Request) async -> Response {
        NovaRoutes.own(request.path)
            ? await nova.respond(to: request) : await service.respond(to: request)
    }
}
