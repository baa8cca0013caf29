import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheModel
import TextForms

/// Jobs as a list of HTML, for browsers without JavaScript.
extension ServiceRoutes {
    /// `GET /ui/jobs.html`.
    ///
    /// Such a browser can't send a bearer token. It can ask its user for a password (RFC 7617): here, and nowhere else, that is
    /// the token, with any name beside it. The door takes it as it takes any other. Whoever is led here from another site
    /// changes nothing by it, nor does that site see the answer.
    func plainJobs(_ call: Call) -> Reply {
        let shown = Self.credentials(of: call.request)
        let reply = door.reply(to: call.request, for: .reader, showing: shown) { [self] _ in
            later(call) { [self] in try await listPlainly(call) }
        }
        return .later {
            var response = await reply.response()
            guard response.status.code >= 400 else { return response }
            if response.status == .unauthorized {
                response.headers[values: .wwwAuthenticate].append(#"Basic realm="precache", charset="UTF-8""#)
            }
            response.headers[.contentType] = PlainPage.type
            response.body = .bytes(PlainPage.refusal(response.status.code))
            return Self.guarded(response)
        }
    }

    private func listPlainly(_ call: Call) async throws -> Response {
        let query = try Query(call.request, knows: ["state", "after"])
        let state = try query.choice("state", JobState.self)
        let page = try await dependencies.jobs.jobs(
            JobFilter(states: state.map { [$0] } ?? []),
            try query.page()
        )
        let list = PlainPage.jobs(page, state: state, at: dependencies.clock())
        return Self.guarded(.text(list, type: PlainPage.type))
    }

    /// The password of `Authorization: Basic`, as a token; nil for any other way to show one.
    private static func credentials(of request: Request) -> Credentials? {
        let parts = request.header(.authorization)?.split(separator: " ", maxSplits: 1) ?? []
        guard parts.count == 2, parts[0].lowercased() == "basic" else { return nil }
        let text = parts[1].replacing("+", with: "-").replacing("/", with: "_").filter {
            $0 != "=" && $0 != " "
        }
        guard let bytes = Base64URL.decode(text), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            return Credentials(authorization: "Basic")
        }
        return Credentials(authorization: "Bearer \(String(decoding: bytes[(colon + 1)...], as: UTF8.self))")
    }
}
