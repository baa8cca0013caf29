import Glibc
package import HTTPServing
package import HTTPTypes

extension HTTPField.Name {
    /// RFC 9110, section 7.2.
    package static let host = known("Host")
    /// A token, as OpenStack's clients send it.
    package static let authToken = known("X-Auth-Token")
    /// The host that the service means when it asks an agent something: another agent at that address refuses.
    package static let precacheHost = known("Precache-Host")

    /// Whether a browser sends a page's request to the page's own origin (Fetch Metadata Request Headers).
    package static let secFetchSite = known("Sec-Fetch-Site")

    /// A name that is written in the program, and so is a token for sure.
    package static func known(_ name: String) -> Self { Self(name) ?? .accept }
}

/// Keeps web pages out of a service that asks for no tokens.
///
/// Loopback is no wall against them: a page from anywhere can make the browser of somebody on this machine send
/// requests here. What it sends to another origin carries `Origin` (Fetch standard, section 3.1), but for images, scripts and
/// links, which browsers mark with `Sec-Fetch-Site` (Fetch Metadata Request Headers); and a page whose own name was made to
/// resolve to 127.0.0.1 sends that name as `Host`. With tokens none of it gets anywhere.
package enum BrowserGuard {
    /// What makes a request one that a web page of another origin may have sent.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - names: What else this machine goes by, besides its own name.
    ///   - servesPage: Whether a page of our own comes from here, whose requests bear this origin.
    /// - Returns: The objection, to follow "refused: "; nil if there is none.
    package static func objection(
        to request: Request,
        names: [String] = [],
        servesPage: Bool = false
    ) -> String? {
        if let origin = request.header(.origin), !servesPage || !isOwn(origin, request) {
            return "it has an Origin field, as requests of web pages do"
                + (servesPage ? ", and it isn't this service's own" : "")
        }
        // "none" is what somebody typed.
        if let site = request.header(.secFetchSite), site != "none", site != "same-origin" {
            return "its Sec-Fetch-Site field says that a web page of another origin sent it"
        }
        if let value = request.header(.host), !isLocal(value, names) {
            return "its Host field names neither an address nor this machine"
        }
        if let authority = authority(of: request.target), !isLocal(authority, names) {
            return "its target names neither an address nor this machine"
        }
        return nil
    }

    /// Whether an origin is where the request goes: then its page came from here (and `Host` is looked at by itself).
    private static func isOwn(_ origin: String, _ request: Request) -> Bool {
        guard let host = request.header(.host) else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    /// Whether no name server can have a say in where this leads: an address, or one of this machine's own names.
    private static func isLocal(_ host: String, _ names: [String]) -> Bool {
        if host.hasPrefix("[") {
            let address = host.dropFirst().prefix { $0 != "]" }
            let rest = host.dropFirst(address.utf8.count + 1)
            guard rest == "]" || rest.hasPrefix("]:") else { return false }
            return address.contains(":") && address.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        let name = host.prefix { $0 != ":" }.lowercased()
        let isAddress = name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        if isAddress && name.contains(where: \.isNumber) || name == "localhost" { return true }
        return (names + [MachineName.text]).contains { own in
            name == own.lowercased() || name == own.prefix { $0 != "." }.lowercased()
        }
    }

    /// The host of a target in absolute form, which counts in place of `Host` (RFC 9112, section 3.2.2); nil for a path.
    private static func authority(of target: String) -> String? {
        guard !target.hasPrefix("/"), let colon = target.firstIndex(of: ":") else { return nil }
        let rest = target[colon...].drop { $0 == ":" || $0 == "/" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        return String(authority.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
    }
}

/// What this machine calls itself (gethostname(2)); empty if it can't say.
package enum MachineName {
    package static let text: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}
