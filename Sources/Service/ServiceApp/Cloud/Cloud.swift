import HTTPFetching
import Identity
import ImageService
import Logging
import PrecacheModel
import Reactor

/// The OpenStack cloud that the service belongs to: one loop for all calls of Keystone and Glance.
final class Cloud: Sendable {
    let configuration: CloudConfiguration
    let session: KeystoneSession
    let glance: GlanceClient
    private let loops: EventLoopGroup
    private let fetcher: HTTPFetcher

    /// Starts the loop; nothing is asked yet.
    ///
    /// Throws `SystemError` or `FetchError`.
    init(_ configuration: CloudConfiguration) throws {
        let loops = try EventLoopGroup(count: 1, name: "cloud")
        do {
            let fetcher = try HTTPFetcher(loop: loops.next())
            let session = KeystoneSession(configuration.keystone, fetcher: fetcher)
            glance = GlanceClient(
                access: SessionAccess(session: session, configuration: configuration),
                fetcher: fetcher,
                tls: configuration.keystone.tls,
                allowsUnverified: configuration.allowsUnverified
            )
            self.session = session
            self.fetcher = fetcher
            self.loops = loops
            self.configuration = configuration
        } catch {
            loops.stop()
            throw error
        }
    }

    /// Ends all calls and the loop.
    func stop() async {
        await fetcher.stop()
        loops.stop()
    }
}

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
