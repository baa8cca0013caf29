package import HTTPServing
package import HTTPTypes

extension HTTPField.Name {
    /// RFC 9110, section 7.2.
    package static let host = known("Host")
    /// A token, as OpenStack's clients send it.
    package static let authToken = known("X-Auth-Token")
    /// The host that the service means when it asks an agent something: another agent at that address refuses.
    package static let precacheHost = known("Precache-Host")

    /// A name that is written in the program, and so is a token for sure.
    package static func known(_ name: String) -> Self { Self(name) ?? .accept }
}

/// Keeps web pages out of a service that asks for no tokens.
///
/// Loopback is no wall against them: a page from anywhere can make the browser of somebody on this machine send
/// requests here. What it sends to another origin carries `Origin` (Fetch standard, section 3.1); and a page whose
/// own name was made to resolve to 127.0.0.1 sends that name as `Host`. With tokens neither gets anywhere.
package enum BrowserGuard {
    /// What makes a request one that a web page of another origin may have sent, to follow "refused: "; nil if nothing
    /// does.
    package static func objection(to request: Request) -> String? {
        if request.header(.origin) != nil { return "it has an Origin field, as requests of web pages do" }
        if let value = request.header(.host), !isLocal(value) {
            return "its Host field names neither an address nor this machine"
        }
        return nil
    }

    /// Whether no public name server can have a say in where this leads: an address, or a name without a dot.
    static func isLocal(_ host: String) -> Bool {
        if host.hasPrefix("[") { return true }
        let name = host.prefix { $0 != ":" }
        let isAddress = name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        return isAddress || !name.contains(".")
    }
}
