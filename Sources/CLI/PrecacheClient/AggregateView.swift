/// An aggregate as the service tells of it.
package struct AggregateView: ServiceItem, Hashable {
    package static let one = "aggregate"
    package static let many = "aggregates"

    /// Its number.
    package let id: Int64?
    package let name: String
    /// The availability zone that it makes.
    package let availabilityZone: String?
    /// Free texts.
    package let metadata: [String: String]?
    package let hosts: [String]?

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case availabilityZone = "availability_zone"
        case metadata
        case hosts
    }
}

/// What `PUT /v1/aggregates/{name}` takes; what is nil gets the service's default.
package struct AggregateSettings: Encodable, Sendable, Hashable {
    /// The availability zone that it makes.
    package var availabilityZone: String?
    /// Free texts.
    package var metadata: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case availabilityZone = "availability_zone"
        case metadata
    }

    /// The settings that an aggregate has, or none.
    package init(of aggregate: AggregateView?) {
        availabilityZone = aggregate?.availabilityZone
        metadata = aggregate?.metadata
    }
}
