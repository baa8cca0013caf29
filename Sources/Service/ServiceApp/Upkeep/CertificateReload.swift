import HTTPServing
import Logging
import UnixSignals

/// Reads the certificates again at each SIGHUP.
struct CertificateReload: Sendable {
    let server: HTTPServer
    /// The signals, trapped from the program's start: one that comes before anybody listens would end the process.
    let hangups: UnixSignalsSequence
    let logger: Logger

    func run() async {
        for await _ in hangups {
            do throws(ServerError) {
                try server.reloadCertificates()
                logger.notice("certificates reloaded")
            } catch {
                logger.error("certificates not reloaded, those in use stay", metadata: ["error": "\(error)"])
            }
        }
    }
}
