/// What an operator says of an aggregate: the part of an ``AggregateRecord`` that `PUT` and inventory files set.
public struct AggregateEntry: Hashable, Sendable {
    /// The name.
    public var name: AggregateName
    /// The availability zone that it makes, if any.
    public var availabilityZone: String?
    /// Free texts by key.
    public var metadata: [String: String]

    /// Puts an entry together.
    public init(name: AggregateName, availabilityZone: String? = nil, metadata: [String: String] = [:]) {
        self.name = name
        self.availabilityZone = availabilityZone
        self.metadata = metadata
    }
}
