/// How warm an aggregate is: `GET /v1/aggregates/{aggregate}/coverage`.
package struct CoverageView: Decodable, Sendable, Hashable {
    /// The aggregate's name.
    package let aggregate: String?
    /// A line for each image.
    package let coverage: [ImageCoverageView]
    /// Whether each image's fraction is what was asked for; nil where nothing was.
    package let met: Bool?
}

/// Where an image is, of the hosts of an aggregate; each host counts once.
package struct ImageCoverageView: ServiceItem, Hashable {
    package static let one = "coverage"
    package static let many = "coverage"

    /// How many hosts there are of each kind.
    package struct Hosts: Decodable, Sendable, Hashable {
        package let total: Int
        /// Those that have it whole, and whose agent is alive.
        package let warm: Int
        /// Those that had it when their agent was last heard.
        package let stale: Int?
        package let missing: Int?
        /// Those whose storage needs no cache.
        package let unsupported: Int?
        /// Those where what is there is damaged.
        package let damaged: Int?
        /// Those that take no part in jobs, whatever they have.
        package let disabled: Int?

        /// Whether anybody has it, whole or not.
        package var isHeld: Bool { warm + (stale ?? 0) + (damaged ?? 0) > 0 }

        /// Those that should have it.
        package var wanted: Int { max(0, total - (disabled ?? 0) - (unsupported ?? 0)) }

        /// Warm ones of those that should have it, 0 to 1; 1 where none should.
        ///
        /// The service's own is rounded.
        package var fraction: Double { wanted > 0 ? Double(warm) / Double(wanted) : 1 }
    }

    /// The image's identifier.
    package let imageID: String
    package let hosts: Hosts
    /// As the hosts' numbers say.
    package var fraction: Double { hosts.fraction }

    private enum CodingKeys: String, CodingKey {
        case imageID = "image_id"
        case hosts
    }
}

/// How much of an aggregate had an image at one time: an item of `GET …/coverage/{image}/history`.
package struct CoverageMomentView: ServiceItem, Hashable {
    package static let one = "moment"
    package static let many = "history"

    /// When it was, RFC 3339.
    package let at: String
    package let hosts: ImageCoverageView.Hosts
}

/// How one host stands to one image.
package struct CoverageHostView: ServiceItem, Hashable {
    package static let one = "host"
    package static let many = "hosts"

    /// What last became of the image there.
    package struct Last: Decodable, Sendable, Hashable {
        /// The job that it was for.
        package let job: String?
        /// The outcome's word.
        package let outcome: String?
        /// Why, if it isn't good.
        package let reason: String?
        /// The same for people.
        package let detail: String?
        /// When, RFC 3339.
        package let at: String?

        private enum CodingKeys: String, CodingKey {
            case job = "job_id"
            case outcome
            case reason
            case detail
            case at
        }
    }

    /// The image's identifier; the answer is about one image and doesn't say it.
    package internal(set) var imageID: String?
    package let host: String
    /// `warm`, `stale`, `missing`, `unsupported`, `damaged` or `disabled`.
    package let state: String
    package let sizeBytes: Int64?
    /// Since when it has been there, RFC 3339.
    package let since: String?
    /// When the host last said so, RFC 3339.
    package let seenAt: String?
    /// What last became of it there; nil if it was never asked for.
    package let last: Last?

    private enum CodingKeys: String, CodingKey {
        case imageID = "image_id"
        case host
        case state
        case sizeBytes = "size_bytes"
        case since
        case seenAt = "seen_at"
        case last
    }
}
