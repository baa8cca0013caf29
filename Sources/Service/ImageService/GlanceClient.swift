package import HTTPFetching
import HTTPTypes
import PrecacheAPI
package import PrecacheModel
import Synchronization
import TextForms

/// Asks Glance (Image API v2) for images, on behalf of the service's user.
package final class GlanceClient: Sendable {
    /// The most of an answer that is read.
    private static let answerBytes = 1_048_576

    private let access: any CloudAccess
    private let fetcher: HTTPFetcher
    private let tls: ClientTLS?
    private let timeout: Duration
    private let allowsUnverified: Bool
    private let order = Mutex(EndpointOrder())

    /// A client.
    ///
    /// - Parameters:
    ///   - access: Tokens and endpoints.
    ///   - fetcher: Carries out requests.
    ///   - tls: Whom to trust; nil for the system's authorities.
    ///   - timeout: The longest that one request may take.
    ///   - allowsUnverified: Whether every image may come without a digest, whatever its job says.
    package init(
        access: any CloudAccess,
        fetcher: HTTPFetcher,
        tls: ClientTLS?,
        timeout: Duration = .seconds(20),
        allowsUnverified: Bool = false
    ) {
        self.access = access
        self.fetcher = fetcher
        self.tls = tls
        self.timeout = timeout
        self.allowsUnverified = allowsUnverified
    }

    /// What Glance knows of an image, by one request; by its name if the key is no UUID, and that takes a second request to
    /// tell a hidden image from none.
    ///
    /// A UUID is never taken for a name, or whoever may upload images could have one in place of another that is gone.
    /// - Parameters:
    ///   - key: The image's id or its name.
    ///   - allowsUnverified: Whether it may come without a digest.
    /// - Returns: The image, or why it can't be had.
    /// - Throws: ``ImageServiceError`` if Glance can't be asked.
    package func image(
        _ key: ImageKey,
        allowsUnverified: Bool = false
    ) async throws(ImageServiceError) -> ImageAnswer {
        let allowsUnverified = allowsUnverified || self.allowsUnverified
        if let id = key.id, UUIDText.isValid(id.text) {
            return try await image(byID: id, allowsUnverified)
        }
        for query in ["", "&os_hidden=true"] {
            if let answer = try await image(byName: key.text, query, allowsUnverified) { return answer }
        }
        return .absent(
            .imageNotFound,
            detail: "there is no image of this name that the service's user can see"
        )
    }

    /// The newest active images of a channel that the service's user can see, newest first; hidden ones are left out.
    ///
    /// - Parameters:
    ///   - channel: What they have in common, byte by byte.
    ///   - count: How many.
    /// - Returns: Their identifiers, with when they were made.
    /// - Throws: ``ImageServiceError`` if Glance can't be asked.
    package func newest(
        of channel: ImageChannel,
        count: Int
    ) async throws(ImageServiceError) -> [(id: ImageID, at: Timestamp)] {
        let filter =
            switch channel {
            // Glance takes what stands before a colon for an operator (its `split_filter_op`).
            case .name(let name): "name=" + Self.quoted(name.contains(":") ? "eq:\(name)" : name)
            case .tag(let tag): "tag=" + Self.quoted(tag)
            case .property(let key, let value): Self.quoted(key) + "=" + Self.quoted(value)
            }
        let path = "/v2/images?status=active&sort=created_at:desc,id:desc&limit=\(Self.namesakes)&\(filter)"
        guard let (value, _) = try await get(path) else { return [] }
        guard let images = value["images"]?.items else { throw Self.misfit }
        let fitting = images.filter { image in
            // A database may find other cases and accents too; and the status may have changed meanwhile.
            guard image["status"]?.text == "active", image["os_hidden"]?.boolean != true else { return false }
            return switch channel {
            case .name(let name): image["name"]?.text.map { ByteOrder.equal($0, name) } ?? false
            case .tag(let tag):
                image["tags"]?.items.contains { $0.text.map { ByteOrder.equal($0, tag) } ?? false } ?? false
            case .property(let key, let value): image[key]?.text.map { ByteOrder.equal($0, value) } ?? false
            }
        }
        return fitting.prefix(count).compactMap { image in
            guard let id = image["id"]?.text.flatMap({ try? ImageID($0) }),
                let at = image["created_at"]?.text.flatMap({ try? Timestamp($0) })
            else { return nil }
            return (id, at)
        }
    }

    /// Where an image's bytes are, best first, with a token that is fresh now.
    package func locations(of image: ImageReference) async throws(ImageServiceError) -> [ImageLocation] {
        let token = try await access.token()
        let endpoints = try await access.endpoints()
        let first = endpoints.first { image.url.hasPrefix($0 + "/") } ?? ""
        return order.withLock { $0.beginning(with: first, endpoints, now: .now) }.map {
            ImageLocation(url: "\($0)/v2/images/\(image.id.text)/file", token: token)
        }
    }

    /// Lets go of a token that Glance refused to a host.
    package func discard(_ token: String) { access.discard(token) }

    private func image(
        byID id: ImageID,
        _ allowsUnverified: Bool
    ) async throws(ImageServiceError) -> ImageAnswer {
        guard let (value, endpoint) = try await get("/v2/images/\(id.text)") else {
            return .absent(
                .imageNotFound,
                detail: "Glance has no such image, or none that the service's user can see"
            )
        }
        guard
            let answer = GlanceImage.answer(value, endpoint: endpoint, allowsUnverified: allowsUnverified)
        else { throw Self.misfit }
        return answer
    }

    private func image(
        byName name: String,
        _ query: String,
        _ allowsUnverified: Bool
    ) async throws(ImageServiceError) -> ImageAnswer? {
        // Glance takes what stands before a colon for an operator (its `split_filter_op`).
        let filter = Self.quoted(name.contains(":") ? "eq:\(name)" : name)
        guard
            let (value, endpoint) = try await get("/v2/images?limit=\(Self.namesakes)&name=\(filter)\(query)")
        else { return nil }
        // A database may find other cases and accents too; another name is another image.
        let found = (value["images"]?.items ?? []).filter { image in
            image["name"]?.text.map { ByteOrder.equal($0, name) } ?? false
        }
        guard found.count < 2 else {
            return .absent(
                .imageNotFound,
                detail: "several images in Glance have this name: say the image's id"
            )
        }
        guard let only = found.first else { return nil }
        guard let answer = GlanceImage.answer(only, endpoint: endpoint, allowsUnverified: allowsUnverified)
        else { throw Self.misfit }
        return answer
    }

    /// Images of nearly the same name that are looked through.
    private static let namesakes = 100

    /// A text as a query's value (RFC 3986, section 2.1).
    private static func quoted(_ text: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
        return text.utf8.reduce(into: "") { result, byte in
            if plain.contains(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + Hexadecimal.encode([byte]).uppercased()
            }
        }
    }

    private static let misfit = ImageServiceError.unavailable(
        "Glance's answer is not what the Image API v2 says",
        retryAfter: nil
    )

    /// Asks the endpoints in turn until one answers.
    ///
    /// - Returns: The answer, and who gave it; nil for 404.
    private func get(
        _ path: String
    ) async throws(ImageServiceError) -> (value: JSONValue, endpoint: String)? {
        let endpoints = try await access.endpoints()
        var trouble = ImageServiceError.unavailable("there is no Glance endpoint", retryAfter: nil)
        for endpoint in order.withLock({ $0.next(endpoints, now: .now) }) {
            do throws(ImageServiceError) {
                let body = try await ask(endpoint + path)
                order.withLock { $0.worked(endpoint) }
                guard let body else { return nil }
                guard let value = try? JSONParser.parse(body) else { throw Self.misfit }
                return (value, endpoint)
            } catch {
                guard case .unavailable(_, let wait) = error else { throw error }
                order.withLock { $0.failed(endpoint, retryAfter: wait, now: .now) }
                trouble = error
            }
        }
        throw trouble
    }

    /// One request, and one more with a new token if the first is refused; nil for 404.
    private func ask(_ url: String) async throws(ImageServiceError) -> [UInt8]? {
        let token = try await access.token()
        var (response, body) = try await send(url, token)
        if response.status == .unauthorized {
            access.discard(token)
            (response, body) = try await send(url, try await access.token())
        }
        switch response.status.code {
        case 200: return body
        case 404, 410: return nil
        case 401: throw .refused("Glance doesn't take the tokens of the service's user")
        case 403: throw .refused("Glance doesn't let the service's user look at images")
        case 408, 425, 429, 500...:
            let wait = response.headers[.retryAfter].flatMap { Int($0) }
            throw .unavailable(
                "Glance answered \(response.status.code)",
                retryAfter: wait.map { .seconds(min(max($0, 1), 600)) }
            )
        default: throw .refused("Glance answered \(response.status.code)")
        }
    }

    private func send(
        _ url: String,
        _ token: String
    ) async throws(ImageServiceError) -> (FetchResponse, [UInt8]) {
        var request = FetchRequest(url: url, headers: [.authToken: token, .accept: "application/json"])
        request.tls = tls
        request.redirects = 0
        request.timeouts.total = timeout
        do throws(FetchError) {
            let response = try await fetcher.fetch(request)
            return (response, try await response.body.collect(upTo: Self.answerBytes))
        } catch {
            throw .unavailable("Glance can't be reached: \(error.message)", retryAfter: nil)
        }
    }
}

extension HTTPField.Name {
    // Never the fallback: the name is a token.
    fileprivate static let authToken = Self("X-Auth-Token") ?? .accept
}

/// What the image service is asked with: tokens of the service's user, and where it is.
package protocol CloudAccess: Sendable {
    /// A token that has enough of its life left to be handed on.
    func token() async throws(ImageServiceError) -> String

    /// Lets go of a token that was refused.
    func discard(_ token: String)

    /// The image service's endpoints, without slashes at their ends; at least one.
    func endpoints() async throws(ImageServiceError) -> [String]
}
