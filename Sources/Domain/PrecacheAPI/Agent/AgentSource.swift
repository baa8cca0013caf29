import PrecacheModel

/// One place that an image's bytes can be had from.
public struct AgentSource: Codable, Hashable, Sendable, CustomStringConvertible {
    /// An `http` or `https` URL.
    public var url: String
    /// Headers for the request, such as a short-lived token.
    ///
    /// Secret: never logged.
    public var headers: [String: String]

    /// Puts a source together.
    public init(url: String, headers: [String: String] = [:]) {
        self.url = url
        self.headers = headers
    }

    /// The URL without its query, user and password; headers are never shown.
    public var description: String { SourceURL.shown(url) }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case url
        case headers
    }

    /// Decodes strictly: a field that isn't known is an error that names it.
    public init(from decoder: any Decoder) throws {
        try KnownFields.check(decoder, CodingKeys.self)
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        url = try fields.decode(String.self, forKey: .url)
        headers = try fields.decodeIfPresent([String: String].self, forKey: .headers) ?? [:]
    }
}
