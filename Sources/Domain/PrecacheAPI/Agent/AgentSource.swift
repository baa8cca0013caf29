import PrecacheModel

/// One place that an image's bytes can be had from.
public struct AgentSource: Encodable, Hashable, Sendable, CustomStringConvertible {
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

    enum CodingKeys: String, CodingKey {
        case url
        case headers
    }
}
