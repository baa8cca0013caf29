/// What a job would do, as the service foretells it: the answer to a dry run of an order.
package struct PlanView: ServiceItem, Hashable {
    package static let one = "plan"
    package static let many = "plans"

    /// How many hosts by what would happen.
    package struct Hosts: Decodable, Sendable, Hashable {
        package let total: Int
        package let toFetch: Int?
        /// Those that have all of it.
        package let existing: Int?
        package let down: Int?
        package let disabled: Int?
        package let unsupported: Int?
        package let noRoom: Int?

        private enum CodingKeys: String, CodingKey {
            case total
            case toFetch = "to_fetch"
            case existing
            case down
            case disabled
            case unsupported
            case noRoom = "no_room"
        }
    }

    /// A host whose disk is too full.
    package struct Room: Decodable, Sendable, Hashable {
        package let host: String
        package let neededBytes: Int64?
        package let freeBytes: Int64?

        private enum CodingKeys: String, CodingKey {
            case host
            case neededBytes = "needed_bytes"
            case freeBytes = "free_bytes"
        }
    }

    /// How many bytes, and from where.
    package struct Bytes: Decodable, Sendable, Hashable {
        package let fromSource: Int64?
        package let betweenHosts: Int64?
        /// Images whose size isn't known, and that neither these nor times have in them.
        package let unsizedImages: Int?

        private enum CodingKeys: String, CodingKey {
            case fromSource = "from_source"
            case betweenHosts = "between_hosts"
            case unsizedImages = "unsized_images"
        }
    }

    /// When it would be done, and what that rests on.
    package struct Finish: Decodable, Sendable, Hashable {
        /// Seconds from the start.
        package let earliestSeconds: Double
        package let latestSeconds: Double
        /// `measured` or `assumed`.
        package let restsOn: String?
        package let hostBytesPerSecond: Double?
        package let sourceBytesPerSecond: Double?

        private enum CodingKeys: String, CodingKey {
            case earliestSeconds = "earliest_seconds"
            case latestSeconds = "latest_seconds"
            case restsOn = "rests_on"
            case hostBytesPerSecond = "host_bytes_per_second"
            case sourceBytesPerSecond = "source_bytes_per_second"
        }
    }

    package let hosts: Hosts
    /// The first hosts without room.
    package let noRoom: [Room]?
    package let bytes: Bytes?
    /// Nil where nothing can be foretold.
    package let finish: Finish?
    /// What people should know before they start it.
    package let warnings: [String]?

    private enum CodingKeys: String, CodingKey {
        case hosts
        case noRoom = "no_room"
        case bytes
        case finish
        case warnings
    }
}
