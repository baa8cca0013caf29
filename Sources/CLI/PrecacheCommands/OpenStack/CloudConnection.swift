import HTTPFetching
import PrecacheClient
import Reactor

/// Reads a cloud's inventory, on an event loop of its own.
enum CloudConnection {
    /// Logs in, asks Nova, and lets go of everything.
    static func inventory(_ credentials: CloudCredentials) async throws -> (CloudInventory, nova: String) {
        let loop = try EventLoop(name: "cloud")
        defer { loop.stop() }
        let configuration = FetcherConfiguration(
            tls: ClientTLS(caFile: credentials.caFile),
            userAgent: "precache/\(PrecacheProgram.version)"
        )
        let fetcher = try HTTPFetcher(loop: loop, configuration: configuration)
        do {
            let session = try await CloudSession(credentials, fetcher: fetcher)
            let inventory = try await CloudInventory.read(session)
            await fetcher.stop()
            return (inventory, session.compute)
        } catch {
            await fetcher.stop()
            throw error
        }
    }
}
