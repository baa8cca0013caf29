import HTTPServing
import Logging
import UnixSignals

/// Reads the certificates again at each SIGHUP.
struct CertificateReload: Sendable {
    let server: HTTPServer
    let logger: Logger

    func run() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            do throws(ServerError) {
                try server.reloadCertificates()
                logger.notice("certificates reloaded")
            } catch {
                logger.error("certificates not reloaded, those in use stay", metadata: ["error": "\(error)"])
            }
        }
    }
}
