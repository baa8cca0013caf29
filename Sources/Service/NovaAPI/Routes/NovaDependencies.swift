public import Logging
public import PrecacheModel

/// What the routes of Nova's API work with.
public struct NovaDependencies: Sendable {
    /// Aggregates and hosts.
    public var inventory: any NovaInventory
    /// Takes jobs.
    public var jobs: any NovaJobs
    /// Who may come in.
    public var gate: any Gatekeeper
    /// The role that may start jobs here: `admin`, as in Nova, or `operator`.
    public var imagesRole: Role
    /// The zone of hosts that no aggregate puts in one.
    public var defaultZone: String
    /// The address that clients reach the service by, without a slash at the end; nil takes it from each request.
    public var publicURL: String?
    /// Whether the service speaks TLS itself.
    public var isSecure: Bool
    /// The wall clock.
    public var clock: @Sendable () -> Timestamp
    /// Where changes and troubles are told.
    public var logger: Logger

    /// Puts dependencies together.
    public init(
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
