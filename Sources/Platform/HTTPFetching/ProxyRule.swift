/// Which URLs are fetched through which proxy.
///
/// It's decided here, and not by libcurl's CURLOPT_NOPROXY, whose rules changed from release to release: whoever holds
/// addresses to a rule has to know whose address is connected to.
package struct ProxyRule: Sendable, Hashable {
    private let http: String?
    private let https: String?
    private let exceptions: [Exception]

    /// A rule.
    ///
    /// - Parameters:
    ///   - http: The proxy for `http` URLs, as libcurl's CURLOPT_PROXY takes it: `http://`, `https://` or `socks5h://`
    ///     (also `socks4`, `socks4a`, `socks5`), host and port; without a port it's 1080. Nil for none.
    ///   - https: The same for `https` URLs, which go through it by CONNECT.
    ///   - exceptions: Who is asked directly, separated by commas or spaces: a domain with all that is in it, an address, or
    ///     a network such as `10.0.0.0/8`; `*` is everybody.
    package init(http: String?, https: String?, except exceptions: String = "") {
        self.http = http
        self.https = https
        self.exceptions = exceptions.split { $0 == "," || $0.isWhitespace }.map { Exception(String($0)) }
    }

    /// What is wrong with a proxy's URL, as the end of a sentence; nil if it can be used.
    package static func fault(in proxy: String) -> String? {
        let parts = proxy.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, schemes.contains(parts[0].lowercased()) else {
            return "doesn't start with http://, https://, socks4://, socks4a://, socks5:// or socks5h://"
        }
        let authority = parts[1].prefix { $0 != "/" }
        // The rest is read as a web server's URL would be: host, port, and no user.
        do throws(FetchError) { _ = try FetchURL.parse("http://\(authority)") } catch { return error.message }
        return parts[1].dropFirst(authority.count).allSatisfy { $0 == "/" }
            ? nil : "has more than a host and a port"
    }

    private static let schemes: Set<String> = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]

    /// The proxy for a URL; nil if it's fetched directly.
    func proxy(for url: FetchURL) -> String? {
        guard let proxy = url.scheme == "https" ? https : http else { return nil }
        return exceptions.contains { $0.covers(url.host) } ? nil : proxy
    }

    /// One that is asked directly.
    private enum Exception: Sendable, Hashable {
        case everybody
        case network([UInt8], bits: Int)
        /// In lower case, without dots around it.
        case domain(String)

        init(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            if text == "*" {
                self = .everybody
            } else if let address = InternalAddress.bytes(of: String(parts[0])),
                let bits = parts.count == 1 ? address.count * 8 : Int(parts[1]),
                (0...address.count * 8).contains(bits)
            {
                self = .network(address, bits: bits)
            } else {
                self = .domain(Self.bare(text.lowercased()))
            }
        }

        func covers(_ host: String) -> Bool {
            switch self {
            case .everybody: return true
            case .network(let network, let bits):
                guard let address = InternalAddress.bytes(of: host), address.count == network.count else {
                    return false
                }
                return zip(address, network).enumerated().allSatisfy { index, pair in
                    let counted = min(8, max(0, bits - index * 8))
                    return (pair.0 ^ pair.1) >> (8 - counted) == 0
                }
            case .domain(let name):
                let host = Self.bare(host)
                return !name.isEmpty && (host == name || host.hasSuffix("." + name))
            }
        }

        private static func bare(_ name: String) -> String {
            var name = name[...]
            while name.first == "." { name = name.dropFirst() }
            if name.last == "." { name = name.dropLast() }
            return String(name)
        }
    }
}
