/// An aggregate as the service tells of it.
public struct AggregateView: Decodable, Sendable, Hashable {
    /// Its number.
    public let id: Int64?
    /// Its name.
    public let name: String
    /// The availability zone that it makes.
    public let availabilityZone: String?
    /// Free texts.
    public let metadata: [String: String]?
    /// Its hosts.
    public let hosts: [String]?

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case availabilityZone = "availability_zone"
        case metadata
        case hosts
    }
}
