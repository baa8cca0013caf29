import HTTPFetching
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// The two calls of Identity API v3 that the service makes.
struct KeystoneAPI: Sendable {
    /// The most of an answer that is read: catalogues of large clouds have some 100 kB.
    private static let answerBytes = 2_097_152

    let configuration: KeystoneConfiguration
    let fetcher: HTTPFetcher

    /// `POST /v3/auth/tokens`: a new token of the service's user.
    func authenticate() async throws(KeystoneError) -> ServiceToken {
        let (response, body) = try await send(
            FetchRequest(
                method: .post,
                url: configuration.authURL + "/auth/tokens",
                headers: [.contentType: "application/json", .accept: "application/json"],
                body: configuration.credential.body()
            )
        )
        switch response.status.code {
        case 201:
            guard let text = response.headers[.subjectToken], let token = Self.token(in: body),
                let issued = Self.time(token["issued_at"]), let expires = Self.time(token["expires_at"]),
                expires > issued
            else { throw Self.misfit("a token") }
            return ServiceToken(
                text: text,
                receivedAt: .now,
                life: expires - issued,
                catalogue: ServiceCatalogue(token["catalog"])
            )
        case 400, 401, 403, 404:
            throw .refused(
                "Keystone refuses the service's \(configuration.credential): \(response.status.code)"
            )
        default: throw Self.trouble(response)
        }
    }

    /// `GET /v3/auth/tokens`: whom a token belongs to, and until when it holds; nil if it doesn't hold.
    ///
    /// Throws ``KeystoneError/refused(_:)`` if Keystone takes `own` for no token that may ask.
    func validate(
        _ subject: String,
        with own: String
    ) async throws(KeystoneError) -> (identity: KeystoneIdentity, expires: Timestamp)? {
        let (response, body) = try await send(
            FetchRequest(
                url: configuration.authURL + "/auth/tokens?nocatalog",
                headers: [.authToken: own, .subjectToken: subject, .accept: "application/json"]
            )
        )
        switch response.status.code {
        case 200:
            guard let token = Self.token(in: body), let expires = Self.time(token["expires_at"]),
                let identity = KeystoneIdentity(token)
            else { throw Self.misfit("whom a token belongs to") }
            return (identity, expires)
        case 404: return nil
        case 401: throw .refused("Keystone no longer takes the service's own token")
        case 403:
            throw .refused(
                "Keystone doesn't let the service's \(configuration.credential) validate tokens: give it the role "
                    + "'service'"
            )
        default: throw Self.trouble(response)
        }
    }

    private func send(
        _ request: FetchRequest
    ) async throws(KeystoneError) -> (FetchResponse, [UInt8]) {
        var request = request
        request.tls = configuration.tls
        // With another server the token or the password would go to it.
        request.redirects = 0
        request.timeouts.total = configuration.timeout
        do throws(FetchError) {
            let response = try await fetcher.fetch(request)
            return (response, try await response.body.collect(upTo: Self.answerBytes))
        } catch {
            throw .unavailable("Keystone can't be reached: \(error.message)", retryAfter: nil)
        }
    }

    private static func token(in body: [UInt8]) -> JSONValue? { (try? JSONParser.parse(body))?["token"] }

    private static func time(_ value: JSONValue?) -> Timestamp? {
        value?.text.flatMap { try? Timestamp($0) }
    }

    private static func misfit(_ what: String) -> KeystoneError {
        .unavailable("Keystone's answer doesn't say \(what) as Identity API v3 does", retryAfter: nil)
    }

    private static func trouble(_ response: FetchResponse) -> KeystoneError {
        let wait = response.headers[.retryAfter].flatMap { Int($0) }.map {
            Duration.seconds(min(max($0, 1), 600))
        }
        return .unavailable("Keystone answered \(response.status.code)", retryAfter: wait)
    }
}

extension HTTPField.Name {
    static let authToken = known("X-Auth-Token")
    static let subjectToken = known("X-Subject-Token")

    private static func known(_ name: String) -> Self {
        // Never the fallback: the names above are tokens.
        Self(name) ?? .accept
    }
}

extension KeystoneIdentity {
    /// Reads the token of an answer.
    ///
    /// Roles count in a project and in the whole system; those in a domain say nothing of hosts.
    fileprivate init?(_ token: JSONValue) {
        guard let user = token["user"], let id = user["id"]?.text, let name = user["name"]?.text else {
            return nil
        }
        let project = token["project"]
        let counts = project != nil || token["system"] != nil
        self.init(
            userID: id,
            userName: name,
            projectID: project?["id"]?.text,
            projectName: project?["name"]?.text,
            roles: counts ? (token["roles"]?.items ?? []).compactMap { $0["name"]?.text }.sorted() : []
        )
    }
}
