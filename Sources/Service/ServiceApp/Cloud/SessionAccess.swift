import Identity
import ImageService

/// Tokens and endpoints for Glance, from the service's session at Keystone.
struct SessionAccess: CloudAccess {
    let session: KeystoneSession
    let configuration: CloudConfiguration

    func token() async throws(ImageServiceError) -> String { try await serviceToken().text }

    func discard(_ token: String) { session.discard(token) }

    func endpoints() async throws(ImageServiceError) -> [String] {
        let urls: [String]
        if configuration.endpoints.isEmpty {
            let catalogue = try await serviceToken().catalogue
            do throws(KeystoneError) {
                urls = try catalogue.urls(
                    of: "image",
                    interface: configuration.interface,
                    region: configuration.region
                )
            } catch {
                throw ImageServiceError(error)
            }
        } else {
            urls = configuration.endpoints
        }
        return urls.map(Self.withoutVersion)
    }

    /// Some catalogues list the versioned URL.
    private static func withoutVersion(_ url: String) -> String {
        var rest = url[...]
        while rest.last == "/" { rest = rest.dropLast() }
        if rest.hasSuffix("/v2") { rest = rest.dropLast(3) }
        return String(rest)
    }

    private func serviceToken() async throws(ImageServiceError) -> ServiceToken {
        do throws(KeystoneError) {
            return try await session.token()
        } catch {
            throw ImageServiceError(error)
        }
    }
}

extension ImageServiceError {
    /// What a trouble with Keystone means for images.
    fileprivate init(_ error: KeystoneError) {
        switch error {
        case .unavailable(let detail, let wait): self = .unavailable(detail, retryAfter: wait)
        case .refused(let detail): self = .refused(detail)
        }
    }
}
