/// A policy as the service tells of it.
package struct PolicyView: ServiceItem, Hashable {
    package static let one = "policy"
    package static let many = "policies"

    package let name: String
    package let spec: Spec
    /// When it was added, RFC 3339.
    package let createdAt: String?
    /// When it last changed, RFC 3339.
    package let updatedAt: String?
    /// How far it is carried out.
    package let status: Status?

    private enum CodingKeys: String, CodingKey {
        case name
        case spec
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case status
    }

    /// What an operator says of it.
    package struct Spec: Decodable, Sendable, Hashable {
        /// An image, or the newest ones of a channel.
        package struct Image: Decodable, Sendable, Hashable {
            /// What images are known by while new ones come; one of the three is there.
            package struct Channel: Decodable, Sendable, Hashable {
                package let name: String?
                package let tag: String?
                package let property: [String: String]?
            }

            package let id: String?
            package let newest: Channel?
            /// How many of the newest ones.
            package let count: Int?
        }

        /// A time at which jobs may be made.
        package struct Window: Decodable, Sendable, Hashable {
            package let cron: String
            package let hours: Int
            package let timezone: String
        }

        package let aggregates: [String]
        package let images: [Image]
        package let windows: [Window]?
        /// `finish` or `pause`.
        package let atWindowEnd: String?
        /// `unpin`, `keep` or `remove`.
        package let superseded: String?
        /// Hosts at once, as people write it; nil for the service's own.
        package let parallelism: Amount?
        package let hostTimeoutSeconds: Int64?
        package let priority: String?
        package let enabled: Bool?
        /// RFC 3339; nil for never.
        package let expiresAt: String?

        private enum CodingKeys: String, CodingKey {
            case aggregates
            case images
            case windows
            case atWindowEnd = "at_window_end"
            case superseded
            case parallelism
            case hostTimeoutSeconds = "host_timeout_seconds"
            case priority
            case enabled
            case expiresAt = "expires_at"
        }
    }

    /// A number, or a text such as `25%`.
    package struct Amount: Decodable, Sendable, Hashable {
        package let text: String

        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int64.self) {
                text = String(number)
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    /// How far a policy is carried out.
    package struct Status: Decodable, Sendable, Hashable {
        /// An image that it wants now.
        package struct Image: Decodable, Sendable, Hashable {
            package let imageID: String
            /// The channel that it is the newest of, in a word.
            package let newest: String?
            /// Since when it is that, RFC 3339.
            package let since: String?
            package let fraction: Double?

            private enum CodingKeys: String, CodingKey {
                case imageID = "image_id"
                case newest
                case since
                case fraction
            }
        }

        /// Why hosts lack images.
        package struct Hold: Decodable, Sendable, Hashable {
            /// A reason's word, `channel_empty`, `lookup_failed`, `no_aggregate` or `image_lost`.
            package let what: String
            package let hosts: Int?
            /// One of the hosts.
            package let example: String?
            /// What that one lacks.
            package let imageID: String?
            /// When the first of them is asked again, RFC 3339.
            package let until: String?
            /// More for people.
            package let detail: String?

            private enum CodingKeys: String, CodingKey {
                case what
                case hosts
                case example
                case imageID = "image_id"
                case until
                case detail
            }
        }

        /// `met`, `working`, `waiting`, `held`, `disabled` or `expired`.
        package let state: String
        /// The part of its hosts and images that are warm, 0 to 1.
        package let fraction: Double?
        package let images: [Image]?
        /// Hosts that lack an image.
        package let missingHosts: Int?
        /// Its jobs that haven't ended.
        package let openJobs: [String]?
        package let lastRunAt: String?
        package let nextRunAt: String?
        /// When its next window opens; nil while one is open, and without windows.
        package let nextWindowAt: String?
        package let heldUpBy: [Hold]?

        private enum CodingKeys: String, CodingKey {
            case state
            case fraction
            case images
            case missingHosts = "missing_hosts"
            case openJobs = "open_jobs"
            case lastRunAt = "last_run_at"
            case nextRunAt = "next_run_at"
            case nextWindowAt = "next_window_at"
            case heldUpBy = "held_up_by"
        }
    }
}

/// How a policy stood at one time.
package struct PolicyMomentView: ServiceItem, Hashable {
    package static let one = "moment"
    package static let many = "history"

    /// When it was, RFC 3339.
    package let at: String
    package let status: PolicyView.Status
}
