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
