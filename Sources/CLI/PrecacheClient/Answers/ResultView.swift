import PrecacheModel

/// What became of one image on one host, as the service tells of it.
package struct ResultView: Decodable, Sendable, Hashable {
    /// The host.
    package let host: String
    /// The image's identifier.
    package let imageID: String
    /// The outcome's word.
    package let outcome: String
    /// Why, if it isn't good.
    package let reason: String?
    /// The same for people.
    package let detail: String?
    /// Attempts begun.
    package let attempts: Int?
    /// Bytes fetched.
    package let bytesDone: Int64?
    /// Bytes in all, if known.
    package let bytesTotal: Int64?
    /// Where the bytes came from.
    package let source: String?

    private enum CodingKeys: String, CodingKey {
        case host
        case imageID = "image_id"
        case outcome
        case reason
        case detail
        case attempts
        case bytesDone = "bytes_done"
        case bytesTotal = "bytes_total"
        case source
    }

    package init(host: String, imageID: String, outcome: String, reason: String?, detail: String?) {
        self.host = host
        self.imageID = imageID
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        attempts = nil
        bytesDone = nil
        bytesTotal = nil
        source = nil
    }

    /// Whether the image is final and not there to boot from.
    package var isBad: Bool {
        guard let outcome = Outcome(rawValue: outcome) else { return false }
        return outcome.isFinal && !outcome.isGood
    }
}
