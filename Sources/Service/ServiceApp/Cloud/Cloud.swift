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
                tls: configuration.keystone.tls
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
