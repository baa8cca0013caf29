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
