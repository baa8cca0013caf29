import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel
import TestSupport
import Testing

@testable import NovaAPI

/// Nova's routes over a ``FakeNova``.
struct NovaRig {
    let fake: FakeNova
    let router: Router
    let lines = LogLines()

    init(imagesRole: Role = .admin, publicURL: String? = nil) throws {
        let fake = try FakeNova()
        self.fake = fake
        let dependencies = NovaDependencies(
            inventory: fake,
            jobs: fake,
            gate: fake,
            imagesRole: imagesRole,
            defaultZone: "nova",
            publicURL: publicURL,
            isSecure: false,
            clock: { FakeNova.start },
            logger: lines.logger
        )
        var router = Router { NovaRoutes.refusal($0, $1) }
        NovaRoutes(dependencies).add(to: &router)
        self.router = router
    }

    /// What came back.
    struct Answer {
        let status: Int
        let headers: HTTPFields
        let text: String

        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

        /// The `message` of a fault of this name.
        func message(_ fault: String) -> String? {
            guard let value = try? JSONParser.parse(Array(text.utf8)) else { return nil }
            return value[fault]?["message"]?.text
        }
    }

    func call(
        _ method: HTTPRequest.Method,
        _ target: String,
        _ body: String? = nil,
        token: String? = "admin",
        version: String? = "compute 2.100",
        fields: [String: String] = [:]
    ) async throws -> Answer {
        var all = fields
        if let token { all["X-Auth-Token"] = token }
        if let version { all["OpenStack-API-Version"] = version }
        if body != nil, all["Content-Type"] == nil { all["Content-Type"] = "application/json" }
        var headers: HTTPFields = [:]
        for (name, value) in all { headers[try #require(HTTPField.Name(name))] = value }
        let request = Request(
            method: method,
            target: target,
            headers: headers,
            body: RequestBody(Array((body ?? "").utf8))
        )
        let response = await router.reply(to: request).response()
        var text = ""
        if case .bytes(let bytes) = response.body { text = String(decoding: bytes, as: UTF8.self) }
        return Answer(status: response.status.code, headers: response.headers, text: text)
    }
}
