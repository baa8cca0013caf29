package import HTTPServing
package import Logging
package import PrecacheModel
package import Telemetry

/// The certificates of a program's server: read again on demand, and told of in log and metrics.
package struct ServerCertificates: Sendable {
    private let server: HTTPServer
    private let reloaded: GaugeCell
    private let logger: Logger

    /// How long before its end a certificate is told of.
    private static let notice: Int64 = 14 * 86_400

    /// Registers `PREFIX_last_reload_successful` and, of a server with TLS, `PREFIX_certificate_end_timestamp_seconds`.
    ///
    /// - Parameters:
    ///   - server: Whose they are.
    ///   - prefix: What the metrics' names begin with.
    ///   - metrics: Where they are shown.
    ///   - logger: Takes what people should know.
    package init(of server: HTTPServer, prefix: String, in metrics: MetricsRegistry, _ logger: Logger) {
        self.server = server
        self.logger = logger
        reloaded =
            metrics.gauge(
                "\(prefix)_last_reload_successful",
                help: "Whether the files were usable that the last SIGHUP had read again; 1 before the first."
            )
            .cell()
        reloaded.set(1)
        guard server.hasTLS else { return }
        metrics.observed(
            .gauge,
            "\(prefix)_certificate_end_timestamp_seconds",
            help: "Until when the certificate in use is valid, in seconds since 1970."
        ) { server.certificateEnd.map { Double($0) } ?? .nan }
    }

    /// Reads the certificates again; blocks.
    ///
    /// - Parameter others: Whether what else was read again was usable.
    package func reload(others: Bool = true) {
        do throws(ServerError) {
            try server.reloadCertificates()
            reloaded.set(others ? 1 : 0)
            logger.notice(
                server.hasTLS
                    ? "certificates reloaded; settings and tokens are read at the start"
                    : "no certificates to reload; settings and tokens are read at the start"
            )
            checkEnd()
        } catch {
            reloaded.set(0)
            logger.error("certificates not reloaded; those in use stay", metadata: ["error": "\(error)"])
        }
    }

    /// Warns of a certificate that ends soon, or has ended.
    package func checkEnd(now: Timestamp = .now()) {
        let now = now.microseconds / 1_000_000
        guard let end = server.certificateEnd, end - now < Self.notice else { return }
        logger.warning(
            end > now ? "the certificate ends soon" : "the certificate has ended",
            metadata: ["end": "\(Timestamp(microseconds: end * 1_000_000))"]
        )
    }
}
