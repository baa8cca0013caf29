package import HTTPFetching
import HTTPTypes
package import PrecacheAPI

/// A cloud that has let us in: its token and where its Nova is.
package struct CloudSession: Sendable {
    /// The largest answer that is taken.
    private static let largestAnswer = 256 << 20

    private let fetcher: HTTPFetcher
    private let token: String
    /// Nova's address, from the catalogue.
    package let compute: String

    /// Asks Keystone for a token, and its catalogue for Nova.
    ///
    /// Throws ``ClientError``: `notAllowed` where Keystone refuses, `notFound` where there is no Nova.
    package init(_ credentials: CloudCredentials, fetcher: HTTPFetcher) async throws(ClientError) {
        self.fetcher = fetcher
        let (answer, headers) = try await Self.ask(
            fetcher,
            FetchRequest(
                method: .post,
                url: credentials.authURL + "/auth/tokens",
                headers: [.contentType: "application/json", .accept: "application/json"],
                body: credentials.tokenRequest,
                redirects: 0
            ),
            of: "Keystone at \(credentials.authURL)"
        )
        guard let name = HTTPField.Name("X-Subject-Token"), let token = headers[name] else {
            throw ClientError(.unreadable, "Keystone at \(credentials.authURL) gave no token")
        }
        self.token = token
        compute = try Self.compute(in: answer["token"]?["catalog"]?.items ?? [], credentials)
    }

    /// What Nova answers to a GET.
    ///
    /// - Parameters:
    ///   - path: The path, from a slash on, and the query.
    ///   - version: The microversion to ask for; a Nova that doesn't have it answers as of 2.1.
    /// - Returns: JSON.
    /// - Throws: ``ClientError``.
    package func compute(_ path: String, version: String? = nil) async throws(ClientError) -> JSONValue {
        var headers: HTTPFields = [.accept: "application/json"]
        if let name = HTTPField.Name("X-Auth-Token") { headers[name] = token }
        if let version, let name = HTTPField.Name("OpenStack-API-Version") {
            headers[name] = "compute \(version)"
        }
        let request = FetchRequest(method: .get, url: compute + path, headers: headers, redirects: 0)
        do throws(ClientError) {
            return try await Self.ask(fetcher, request, of: "Nova at \(compute)").0
        } catch {
            guard version != nil, error.status == 406 else { throw error }
            return try await compute(path)
        }
    }

    private static func compute(
        in catalogue: [JSONValue],
        _ credentials: CloudCredentials
    ) throws(ClientError) -> String {
        let endpoints = catalogue.filter { $0["type"]?.text == "compute" }
            .flatMap { $0["endpoints"]?.items ?? [] }
            .filter { $0["interface"]?.text == credentials.interface }
        let regions = Set(endpoints.compactMap { $0["region_id"]?.text ?? $0["region"]?.text }).sorted()
        guard let region = credentials.region ?? regions.first else {
            throw ClientError(
                .notFound,
                "the catalogue has no \(credentials.interface) endpoint of type compute",
                hint: "See what it has with: openstack catalog list"
            )
        }
        guard credentials.region != nil || regions.count == 1 else {
            throw ClientError(
                .input,
                "the catalogue has compute endpoints in \(regions.joined(separator: ", "))",
                hint: "Say which region with OS_REGION_NAME."
            )
        }
        let found = endpoints.first { ($0["region_id"]?.text ?? $0["region"]?.text) == region }
        guard let url = found?["url"]?.text else {
            throw ClientError(
                .notFound,
                "the catalogue has no \(credentials.interface) compute endpoint in the region \(region)",
                hint: regions.isEmpty ? nil : "It has some in \(regions.joined(separator: ", "))."
            )
        }
        return try ServiceAddress(url).text
    }

    private static func ask(
        _ fetcher: HTTPFetcher,
        _ request: FetchRequest,
        of whom: String
    ) async throws(ClientError) -> (JSONValue, HTTPFields) {
        var request = request
        request.timeouts.total = .seconds(120)
        let (status, headers, body): (HTTPResponse.Status, HTTPFields, [UInt8])
        do throws(FetchError) {
            let response = try await fetcher.fetch(request)
            (status, headers) = (response.status, response.headers)
            body = try await response.body.collect(upTo: largestAnswer)
        } catch {
            throw ClientError(
                error.code == .badURL ? .input : .noAnswer,
                "no answer from \(whom): \(error.message)",
                hint: error.code == .tls ? "Set OS_CACERT to the authority of the cloud's certificates." : nil
            )
        }
        let answer = try? JSONParser.parse(body)
        guard status.kind == .successful else { throw refusal(status, answer, whom) }
        guard let answer else { throw ClientError(.unreadable, "\(whom) gave an answer that isn't JSON") }
        return (answer, headers)
    }

    /// Keystone words its errors under `error`, Nova under the error's name.
    private static func refusal(
        _ status: HTTPResponse.Status,
        _ answer: JSONValue?,
        _ whom: String
    ) -> ClientError {
        let said = answer?.members.first?.value["message"]?.text ?? status.reasonPhrase
        let kind: ClientError.Kind =
            switch status.code {
            case 401, 403: .notAllowed
            case 404: .notFound
            case 500...: .failed
            default: .refused
            }
        return ClientError(kind, "\(whom) refuses: \(said)", status: status.code)
    }
}
