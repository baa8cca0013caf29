/// An aggregate as the service tells of it.
package struct AggregateView: Decodable, Sendable, Hashable {
    /// Its number.
    package let id: Int64?
    /// Its name.
    package let name: String
    /// The availability zone that it makes.
    package let availabilityZone: String?
    /// Free texts.
    package let metadata: [String: String]?
    /// Its hosts.
    package let hosts: [String]?

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case availabilityZone = "availability_zone"
        case metadata
        case hosts
    }
}
