package import Logging
package import PrecacheModel

/// What the routes of Nova's API work with.
package struct NovaDependencies: Sendable {
    /// Aggregates and hosts.
    package var inventory: any NovaInventory
    /// Takes jobs.
    package var jobs: any NovaJobs
    /// Who may come in.
    package var gate: any Gatekeeper
    /// The role that may start jobs here: `admin`, as in Nova, or `operator`.
    package var imagesRole: Role
    /// The zone of hosts that no aggregate puts in one.
    package var defaultZone: String
    /// The address that clients reach the service by, without a slash at the end; nil takes it from each request.
    package var publicURL: String?
    /// Whether the service speaks TLS itself.
    package var isSecure: Bool
    /// The wall clock.
    package var clock: @Sendable () -> Timestamp
    /// Where changes and troubles are told.
    package var logger: Logger

    /// Puts dependencies together.
    package init(
        inventory: any NovaInventory,
        jobs: any NovaJobs,
        gate: any Gatekeeper,
        imagesRole: Role,
        defaultZone: String,
        publicURL: String?,
        isSecure: Bool,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.inventory = inventory
        self.jobs = jobs
        self.gate = gate
        self.imagesRole = imagesRole
        self.defaultZone = defaultZone
        self.publicURL = publicURL
        self.isSecure = isSecure
        self.clock = clock
        self.logger = logger
    }
}
