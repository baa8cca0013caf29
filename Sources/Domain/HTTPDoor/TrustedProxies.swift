import Glibc
package import HTTPServing
import HTTPTypes

/// The proxies that are believed when they say whom they speak for, so that all who come through one aren't taken for one
/// caller.
///
/// A caller writes what it likes into `X-Forwarded-For`, and each proxy adds at the end whom it heard from: the last
/// address there that is no proxy of ours is the caller's. Nobody else's field is looked at.
package struct TrustedProxies: Sendable {
    /// The longest field that is looked at, in bytes.
    private static let longest = 4_096

    private static let field = HTTPField.Name.known("X-Forwarded-For")

    private let addresses: Set<String>

    /// Whether a text is a numeric address and nothing else.
    package static func isAddress(_ text: String) -> Bool { canonical(text) != nil }

    /// Proxies by their numeric addresses; none by default.
    package init(_ addresses: [String] = []) {
        self.addresses = Set(addresses.compactMap(Self.normalized))
    }

    /// The address of whoever sent a request.
    package func caller(of request: Request) -> String {
        let peer = request.peer.address
        guard !addresses.isEmpty, Self.normalized(peer).map(addresses.contains) == true,
            let value = request.headers[Self.field], value.utf8.count <= Self.longest
        else { return peer }
        for part in value.split(separator: ",", omittingEmptySubsequences: false).reversed() {
            // What isn't an address wasn't written by a proxy that is one: nothing before it is worth more.
            guard let address = Self.normalized(String(part)) else { return peer }
            if !addresses.contains(address) { return address }
        }
        return peer
    }

    /// An address without white space, brackets and port, in one spelling; nil if it is none.
    static func normalized(_ text: String) -> String? {
        var text = text[...]
        while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            text = text[text.index(after: text.startIndex)..<end]
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            text = text[..<colon]
        }
        return canonical(String(text))
    }

    private static func canonical(_ text: String) -> String? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return text }
        var six = in6_addr()
        guard inet_pton(AF_INET6, String(text.prefix { $0 != "%" }), &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: six) { Array($0) }
        // An IPv4 address that came by an IPv6 socket (RFC 4291, section 2.5.5.2).
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return bytes[12...].map(String.init).joined(separator: ".")
        }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }
}
