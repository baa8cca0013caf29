import HTTPServing
import HTTPTypes
import Testing

struct RouterTests {
    private func makeRouter() -> Router {
        var router = Router { failure, _ in
            Response(status: failure.status, headers: failure.headers, body: .bytes(Array(failure.code.utf8)))
        }
        for pattern in [
            "/", "/v1/jobs", "/v1/jobs/{id}", "/v1/jobs/{id}/events", "/v1/jobs/special", "/a/{x}/{y}",
        ] {
            router.on(.get, pattern) { _, parameters in
                let values = ["id", "x", "y"].compactMap { parameters[$0] }.joined(separator: "|")
                return .ready(Response(body: .bytes(Array("\(pattern) \(values)".utf8))))
            }
        }
        router.on(.post, "/v1/jobs") { _, _ in .ready(Response(status: .accepted)) }
        return router
    }

    private func answer(_ method: HTTPRequest.Method, _ target: String) async -> (Int, String, Response) {
        let response = await makeRouter().reply(to: Request(method: method, target: target)).response()
        guard case .bytes(let bytes) = response.body else { return (response.status.code, "", response) }
        return (response.status.code, String(decoding: bytes, as: UTF8.self), response)
    }

    @Test(arguments: [
        ("/", "/ "), ("/v1/jobs", "/v1/jobs "), ("/v1/jobs?x=/y", "/v1/jobs "),
        ("/v1/jobs/7", "/v1/jobs/{id} 7"),
        ("/v1/jobs/special", "/v1/jobs/special "),
        ("/v1/jobs/special/events", "/v1/jobs/{id}/events special"),
        ("/v1/jobs/a%2Fb%20%C3%A9", "/v1/jobs/{id} a/b \u{e9}"), ("/a/1/2", "/a/{x}/{y} 1|2"),
        ("http://host/a/1/2", "/a/{x}/{y} 1|2"), ("http://host", "/ "),
    ])
    func aPathFindsItsRouteAndParameters(target: String, expected: String) async {
        let (status, text, response) = await answer(.get, target)
        #expect(status == 200)
        #expect(text == expected)
        #expect(response.route == expected.split(separator: " ").first.map(String.init))
    }

    @Test func aHandlerAnswersAtOnceOrSaysWhatIsLeftAndEitherAnswerHasItsRoute() async {
        var router = Router { failure, _ in Response(status: failure.status) }
        router.on(.get, "/{name}") { _, parameters in
            parameters["name"] == "quick"
                ? .ready(Response(status: .accepted)) : .later { Response(status: .ok) }
        }
        guard case .ready(let quick) = router.reply(to: Request(method: .get, target: "/quick")) else {
            Issue.record("it has nothing to wait for")
            return
        }
        #expect(quick.status == .accepted)
        #expect(quick.route == "/{name}")
        guard case .later(let work) = router.reply(to: Request(method: .get, target: "/other")) else {
            Issue.record("it has something to wait for")
            return
        }
        let other = await work()
        #expect(other.status == .ok)
        #expect(other.route == "/{name}")
        guard case .ready(let missing) = router.reply(to: Request(method: .get, target: "/not/there")) else {
            Issue.record("nothing is left to do where nothing is")
            return
        }
        #expect(missing.status == .notFound)
    }

    @Test(arguments: [
        "/v1", "/v1/jobs/", "/v1/jobs//events", "/V1/jobs", "/v1/jobs/7/other", "//", "/v1/jobs/7/events/8",
        "*",
    ])
    func aPathThatIsNotThereIs404(target: String) async {
        let (status, text, response) = await answer(.get, target)
        #expect(status == 404)
        #expect(text == "not_found")
        #expect(response.route == nil)
    }

    @Test func anotherMethodIs405AndTellsWhichAreAllowed() async {
        let (status, text, response) = await answer(.delete, "/v1/jobs")
        #expect(status == 405)
        #expect(text == "method_not_allowed")
        #expect(response.headers[.allow] == "GET, HEAD, POST")
    }

    @Test func headIsAnsweredByGET() async {
        let (status, _, response) = await answer(.head, "/v1/jobs/7")
        #expect(status == 200)
        #expect(response.route == "/v1/jobs/{id}")
    }

    @Test(arguments: ["/v1/jobs/%FF", "/v1/jobs/%00", "/v1/jobs/%C3"])
    func aSegmentThatIsNoTextIs400(target: String) async {
        #expect(await answer(.get, target).1 == "bad_request")
    }

    @Test func routesAreListedInOrder() {
        var router = Router { _, _ in Response(status: .notFound) }
        router.on(.post, "/b") { _, _ in .ready(Response(status: .ok)) }
        router.on(.get, "/a") { _, _ in .ready(Response(status: .ok)) }
        router.on(.get, "/{name}") { _, _ in .ready(Response(status: .ok)) }
        #expect(router.routes.map { "\($0.method) \($0.pattern)" } == ["POST /b", "GET /a", "GET /{name}"])
    }

    @Test(arguments: [("/a/{x}", "/a/{y}"), ("/a", "/a")])
    func aRouteThatAnotherOnesRequestsWouldFindIsRefused(first: String, second: String) async {
        await #expect(processExitsWith: .failure) { [first, second] in
            var router = Router { _, _ in Response(status: .notFound) }
            router.on(.get, first) { _, _ in .ready(Response()) }
            router.on(.get, second) { _, _ in .ready(Response()) }
        }
    }
}
