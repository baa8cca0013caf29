/// A host as Nova's API shows it: a `nova-compute` service and a hypervisor.
public struct ComputeHost: Hashable, Sendable {
    /// The host, its last heartbeat without images.
    public var host: HostRecord
    /// The identifier of its service from microversion 2.53 on; before that it is ``HostRecord/id``.
    public var serviceUUID: String
    /// The identifier of its hypervisor from microversion 2.53 on; before that it is ``HostRecord/id``.
    public var hypervisorUUID: String
    /// The availability zones of its aggregates, each once, sorted; mostly one or none.
    public var zones: [String]

    /// Puts a host together.
    public init(host: HostRecord, serviceUUID: String, hypervisorUUID: String, zones: [String]) {
        self.host = host
        self.serviceUUID = serviceUUID
        self.hypervisorUUID = hypervisorUUID
        self.zones = zones
    }
}
