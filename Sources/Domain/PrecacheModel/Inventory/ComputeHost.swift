/// A host as Nova's API shows it: a `nova-compute` service and a hypervisor.
package struct ComputeHost: Hashable, Sendable {
    /// The host, its last heartbeat without images.
    package var host: HostRecord
    /// The identifier of its service from microversion 2.53 on; before that it is ``HostRecord/id``.
    package var serviceUUID: String
    /// The identifier of its hypervisor from microversion 2.53 on; before that it is ``HostRecord/id``.
    package var hypervisorUUID: String
    /// The availability zones of its aggregates, each once, sorted; mostly one or none.
    package var zones: [String]

    package init(host: HostRecord, serviceUUID: String, hypervisorUUID: String, zones: [String]) {
        self.host = host
        self.serviceUUID = serviceUUID
        self.hypervisorUUID = hypervisorUUID
        self.zones = zones
    }
}
