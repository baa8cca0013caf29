/// The aggregate of a job, with the hosts that the job has.
package struct JobAggregate: Hashable, Sendable {
    /// The number that Nova's API knows it by.
    package var id: Int64
    /// Its UUID; nil if it has been removed since.
    package var uuid: String?
    /// Its name when the job was accepted.
    package var name: AggregateName
    /// The job's hosts, in the order of their names.
    package var hosts: [HostName]
    /// Its availability zone now.
    package var availabilityZone: String?
    /// Its metadata now.
    package var metadata: [String: String]

    package init(
        id: Int64,
        uuid: String?,
        name: AggregateName,
        hosts: [HostName],
        availabilityZone: String? = nil,
        metadata: [String: String] = [:]
    ) {
        self.id = id
        self.uuid = uuid
        self.name = name
        self.hosts = hosts
        self.availabilityZone = availabilityZone
        self.metadata = metadata
    }
}
