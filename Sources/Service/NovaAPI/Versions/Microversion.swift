/// A version of Nova's API within 2.1: what a request is served as.
///
/// <https://docs.openstack.org/nova/latest/reference/api-microversion-history.html> tells what each changed; those up
/// to ``maximum`` that concern aggregates, services, hypervisors and zones are honoured.
struct Microversion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What a request without a version is served as.
    static let minimum = Microversion(2, 1)
    /// The newest that is honoured; 2.102 would refuse unknown query parameters everywhere.
    static let maximum = Microversion(2, 100)

    let major: Int
    let minor: Int

    init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `MAJOR.MINOR`, no zero in front, as `APIVersionRequest` does; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Self.number(parts[0]), major > 0,
            let minor = Self.number(parts[1])
        else { return nil }
        self.init(major, minor)
    }

    var description: String { "\(major).\(minor)" }

    static func < (left: Microversion, right: Microversion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text == "0" || text.first != "0", text.utf8.count <= 18,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}
