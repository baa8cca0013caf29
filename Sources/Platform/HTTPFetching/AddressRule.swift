internal import Glibc

/// Which addresses a fetcher may connect to, whatever name, notation or name server leads to them.
package enum AddressRule: Sendable, Hashable {
    /// All.
    case any

    /// Not those that only this machine, its link or its hypervisor answers on: loopback, link-local (with it most clouds'
    /// metadata services), other known metadata addresses, unspecified, multicast, broadcast and reserved ones, and what
    /// a local NAT64 (RFC 8215) may make any of these.
    ///
    /// Private addresses (RFC 1918, RFC 4193) are allowed: clouds live there.
    case noInternal

    /// What an address is, in words, if the rule forbids it; nil if it may be connected to.
    ///
    /// The address comes as 4 or 16 bytes in network order; any other number is of no family that is known, and refused.
    func refusal(of address: [UInt8]) -> String? {
        guard self == .noInternal else { return nil }
        guard let what = InternalAddress.kind(of: address) else { return nil }
        return "\(InternalAddress.text(of: address)), \(what)"
    }

    /// Why a URL could never be fetched under this rule, in words that don't show its query; nil if it may be.
    ///
    /// Names are only looked up when a connection is made, and checked then. Notations such as `0x7f.1` are understood as
    /// libcurl understands them.
    package func fault(in url: String) -> String? {
        let parsed: FetchURL
        do throws(FetchError) { parsed = try FetchURL.parse(url) } catch { return error.message }
        guard self == .noInternal else { return nil }
        let host = parsed.host.hasSuffix(".") ? String(parsed.host.dropLast()) : parsed.host
        // RFC 6761 section 6.3: these never leave the machine.
        if host == "localhost" || host.hasSuffix(".localhost") { return "\(host) is this machine itself" }
        guard let refusal = InternalAddress.bytes(of: host).flatMap(refusal(of:)) else { return nil }
        return "it leads to \(refusal)"
    }
}

/// Knows the addresses that stand for this machine, its link or its hypervisor (RFC 6890, and what clouds use).
enum InternalAddress {
    /// What an address is, in words; nil for one that may belong to anybody.
    static func kind(of address: [UInt8]) -> String? {
        switch address.count {
        case 4: kind(four: address)
        case 16: kind(six: address)
        default: "an address of an unknown family"
        }
    }

    /// The bytes of an address written out, IPv6 with or without brackets; nil for a name.
    static func bytes(of host: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, host, &four) == 1 { return four }
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        var six = [UInt8](repeating: 0, count: 16)
        // A zone (RFC 6874) says on which link the address is, and not where it leads.
        return inet_pton(AF_INET6, String(bare.prefix { $0 != "%" }), &six) == 1 ? six : nil
    }

    /// An address as people write it.
    static func text(of address: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = address.count == 4 ? AF_INET : AF_INET6
        guard address.count == 4 || address.count == 16,
            inet_ntop(family, address, &text, socklen_t(text.count)) != nil
        else { return "an address" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func kind(four: [UInt8]) -> String? {
        if metadata.contains(four) { return "a metadata service's address" }
        switch (four[0], four[1]) {
        case (0, _): return "an unspecified address"
        case (127, _): return "a loopback address"
        case (169, 254): return "a link-local address"
        case (224...239, _): return "a multicast address"
        case (240..., _):
            return four == [255, 255, 255, 255] ? "the broadcast address" : "a reserved address"
        default: return nil
        }
    }

    private static func kind(six: [UInt8]) -> String? {
        // fd00:ec2::/32: AWS keeps more there than its metadata service (::254), credentials of pods (::23) among it.
        if metadata.contains(six) || six.starts(with: [0xFD, 0x00, 0x0E, 0xC2]) {
            return "a metadata service's address"
        }
        if six.dropLast().allSatisfy({ $0 == 0 }) {
            if six[15] == 0 { return "the unspecified address" }
            if six[15] == 1 { return "a loopback address" }
        }
        if six[0] == 0xFF { return "a multicast address" }
        if six[0] == 0xFE, six[1] & 0xC0 == 0x80 { return "a link-local address" }
        // 64:ff9b:1::/48 (RFC 8215). Where in it the IPv4 address stands depends on the length of the network's own
        // prefix (RFC 6052 section 2.2), which no address tells: who reads the wrong bits lets an internal one pass.
        if six.starts(with: [0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01]) { return "a local translator's address" }
        return embedded(in: six).flatMap(kind(four:))
    }

    /// The IPv4 address that an IPv6 one stands for, if it does.
    private static func embedded(in six: [UInt8]) -> [UInt8]? {
        let zeros = six.prefix { $0 == 0 }.count
        // ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), ::ffff:0:a.b.c.d (RFC 2765) and the old ::a.b.c.d.
        let isMapped = zeros == 10 && six[10] == 0xFF && six[11] == 0xFF
        let isTranslated = zeros == 8 && six[8] == 0xFF && six[9] == 0xFF && six[10] == 0 && six[11] == 0
        if isMapped || isTranslated || zeros >= 12 { return Array(six[12...]) }
        // 64:ff9b::/96 (RFC 6052).
        if six.starts(with: [0x00, 0x64, 0xFF, 0x9B]) { return Array(six[12...]) }
        // 2002::/16 (RFC 3056).
        if six.starts(with: [0x20, 0x02]) { return Array(six[2..<6]) }
        return nil
    }

    /// Metadata services beyond 169.254.0.0/16 and fe80::/10.
    private static let metadata: Set<[UInt8]> = [
        // Azure: it looks public, but leads a guest to its host's agent.
        [168, 63, 129, 16],
        [100, 100, 100, 200],  // Alibaba Cloud, with fd00:100::100:200
        [0xFD, 0x00, 0x01, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x00, 0x02, 0x00],
        [192, 0, 0, 192],  // Oracle Cloud, with fd00:c1::a9fe:a9fe
        [0xFD, 0x00, 0x00, 0xC1, 0, 0, 0, 0, 0, 0, 0, 0, 0xA9, 0xFE, 0xA9, 0xFE],
        [0xFD, 0x20, 0x00, 0xCE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],  // Google Cloud
        [0xFD, 0x00, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42],  // Scaleway
        [0xFD, 0x00, 0xA9, 0xFE, 0xA9, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01],  // Akamai (Linode)
    ]
}
