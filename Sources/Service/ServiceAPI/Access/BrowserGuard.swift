import HTTPServing
import HTTPTypes

/// Keeps web pages out of a service that asks for no tokens.
///
/// Loopback is no wall against them: a page from anywhere can make the browser of somebody on this machine send
/// requests here. What it sends to another origin carries `Origin` (Fetch standard, section 3.1); and a page whose
/// own name was made to resolve to 127.0.0.1 sends that name as `Host`. With tokens neither gets anywhere.
enum BrowserGuard {
    /// Throws 403 `forbidden` for what a web page of another origin may have sent.
    static func check(_ request: Request) throws(Problem) {
        if request.header(.origin) != nil {
            throw refusal("it has an Origin field, as requests of web pages do")
        }
        if let host = request.header(.host), !isLocal(host) {
            throw refusal("its Host field names neither an address nor this machine")
        }
    }

    /// Whether no public name server can have a say in where this leads: an address, or a name without a dot.
    static func isLocal(_ host: String) -> Bool {
        if host.hasPrefix("[") { return true }
        let name = host.prefix { $0 != ":" }
        let isAddress = name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        return isAddress || !name.contains(".")
    }

    private static func refusal(_ why: String) -> Problem {
        Problem(
            .forbidden,
            "forbidden",
            "without auth.mode 'tokens' this request is refused: \(why); use the service's address, or tokens"
        )
    }
}
