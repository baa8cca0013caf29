internal import CCurl

/// A parsed `http` or `https` URL, read by libcurl's own parser so that what is checked is what is fetched.
package struct FetchURL: Sendable, Hashable {
    /// The URL as it is fetched: normalised, without fragment.
    let text: String

    /// `http` or `https`.
    let scheme: String

    /// In lower case; an IPv6 address with its brackets.
    let host: String

    /// Given or the scheme's own.
    let port: Int

    /// From its first slash on, without query; normalised, so that no `..` is left in it.
    let path: String

    /// What follows the `?`; nil without one.
    let query: String?

    /// For messages: no user, query or fragment.
    package let place: String

    /// Scheme, host and port, for keeping sources apart.
    package var origin: String { "\(scheme)://\(host):\(port)" }

    /// Two URLs of one origin may share headers that only that origin should see (RFC 9110 section 4.3.1).
    func isSameOrigin(as other: FetchURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Parses an absolute URL.
    package static func parse(_ text: String) throws(FetchError) -> FetchURL {
        try read(text, from: nil)
    }

    /// Where a `Location` leads from here (RFC 9110 section 10.2.2); it may be relative.
    func resolving(_ location: String) throws(FetchError) -> FetchURL {
        try Self.read(location, from: self)
    }

    private static func read(_ text: String, from base: FetchURL?) throws(FetchError) -> FetchURL {
        guard let handle = curl_url() else { throw refused("out of memory", base) }
        defer { curl_url_cleanup(handle) }
        if let base { _ = curl_url_set(handle, CURLUPART_URL, base.text, 0) }
        // Servers send spaces in Location; an operator's URL has to be right.
        let flags = UInt32(CURLU_DISALLOW_USER) | (base == nil ? 0 : UInt32(CURLU_URLENCODE))
        let result = curl_url_set(handle, CURLUPART_URL, text, flags)
        if result == CURLUE_USER_NOT_ALLOWED {
            throw refused("a user or password in the URL; send an Authorization header instead", base)
        }
        guard result == CURLUE_OK else { throw refused(String(cString: curl_url_strerror(result)), base) }
        _ = curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0)
        guard let scheme = part(handle, CURLUPART_SCHEME), scheme == "http" || scheme == "https" else {
            throw refused("only http and https can be fetched", base)
        }
        guard let host = part(handle, CURLUPART_HOST)?.lowercased(), !host.isEmpty,
            let port = part(handle, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) }),
            let whole = part(handle, CURLUPART_URL), let path = part(handle, CURLUPART_PATH)
        else { throw refused("no host or no valid port", base) }
        let query = part(handle, CURLUPART_QUERY)
        _ = curl_url_set(handle, CURLUPART_QUERY, nil, 0)
        let place = part(handle, CURLUPART_URL) ?? "\(scheme)://\(host):\(port)"
        return FetchURL(
            text: whole,
            scheme: scheme,
            host: host,
            port: port,
            path: path,
            query: query,
            place: place
        )
    }

    private static func part(_ handle: OpaquePointer, _ which: CURLUPart, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, which, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    private static func refused(_ reason: String, _ base: FetchURL?) -> FetchError {
        guard let base else {
            return FetchError(code: .badURL, retry: .permanent, message: "Cannot fetch this URL: \(reason)")
        }
        return FetchError(
            code: .refusedRedirect,
            retry: .permanent,
            message: "Refused to follow a redirect: \(reason) (\(base.place))"
        )
    }
}
