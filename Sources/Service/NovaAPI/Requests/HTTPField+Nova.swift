import HTTPTypes

extension HTTPField.Name {
    /// A Keystone token.
    static let authToken = Self.known("X-Auth-Token")
    /// The microversion, for any OpenStack service.
    static let openStackAPIVersion = Self.known("OpenStack-API-Version")
    /// The microversion, as Nova's older clients say it.
    static let novaAPIVersion = Self.known("X-OpenStack-Nova-API-Version")
    /// The request's name in logs.
    static let computeRequestID = Self.known("X-Compute-Request-Id")
    /// The same, for any OpenStack service.
    static let openStackRequestID = Self.known("X-OpenStack-Request-ID")
    /// RFC 9110, section 7.2.
    static let host = Self.known("Host")

    private static func known(_ name: String) -> Self {
        // Never the fallback: the names above are tokens.
        Self(name) ?? .accept
    }
}
