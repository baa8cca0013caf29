/// The aggregate of a job, with the hosts that the job has.
public struct JobAggregate: Hashable, Sendable {
    /// The number that Nova's API knows it by.
    public var id: Int64
    /// Its UUID; nil if it has been removed since.
    public var uuid: String?
    /// Its name when the job was accepted.
    public var name: AggregateName
    /// The job's hosts, in the order of their names.
    public var hosts: [HostName]
    /// Its availability zone now.
    public var availabilityZone: String?
    /// Its metadata now.
    public var metadata: [String: String]

    /// Puts an aggregate together.
    public init(
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
