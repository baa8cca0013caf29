/// What an operator says of an aggregate: the part of an ``AggregateRecord`` that `PUT` and inventory files set.
package struct AggregateEntry: Hashable, Sendable {
    /// The name.
    package var name: AggregateName
    /// The availability zone that it makes, if any.
    package var availabilityZone: String?
    /// Free texts by key.
    package var metadata: [String: String]

    package init(name: AggregateName, availabilityZone: String? = nil, metadata: [String: String] = [:]) {
        self.name = name
        self.availabilityZone = availabilityZone
        self.metadata = metadata
    }
}
