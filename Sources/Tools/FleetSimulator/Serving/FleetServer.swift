package import HTTPServing
package import Logging
package import Reactor

/// A whole fleet of agents in one process.
///
/// All of 127.0.0.0/8 is this machine's own, and one socket that is bound to the loopback interface hears every
/// address of it: so ten thousand hosts cost one descriptor, and nobody outside the machine can reach them.
package final class FleetServer: Sendable {
    private let desk: FleetDesk
    private let server: HTTPServer

    /// Makes a fleet; nothing happens before ``start()``.
    ///
    /// - Parameters:
    ///   - plan: The hosts.
    ///   - timing: How long they take.
    ///   - token: The bearer token that the service must show; nil for none.
    ///   - tls: Certificates; one for all hosts, so it needs a wildcard name for the fleet's domain.
    ///   - loops: The threads that serve.
    ///   - logger: For what concerns the server as a whole.
    package init(
        plan: FleetPlan,
        timing: FleetTiming,
        token: String?,
        tls: TLSConfiguration?,
        loops: EventLoopGroup,
        logger: Logger
    ) {
        desk = FleetDesk(plan: plan, timing: timing, loops: loops)
        var limits = ServerLimits()
        // All callers have the one address of the machine itself.
        limits.connections = 1 << 20
        limits.connectionsPerPeer = 1 << 20
        server = HTTPServer(
            configuration: ServerConfiguration(
                address: "0.0.0.0",
                port: plan.port,
                interface: "lo",
                tls: tls,
                limits: limits
            ),
            loops: loops,
            logger: logger,
            handler: FleetRoutes(desk: desk, token: token)
        )
    }

    /// Listens and serves.
    ///
    /// - Throws: A port in use, certificates that don't load.
    package func start() async throws(ServerError) { _ = try await server.start() }

    /// Ends; tasks that run are cut.
    package func stop() async { await server.stop(within: .milliseconds(100)) }

    /// What was served so far.
    package var counts: FleetCounts { desk.counts }
}
