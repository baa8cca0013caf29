import HTTPServing
import HTTPTypes

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

extension Microversion {
    /// The version that a request asks for, by either of the two fields that clients send.
    ///
    /// `OpenStack-API-Version` holds versions of several services, separated by commas; it wins over Nova's older field
    /// (the package `microversion-parse`). Throws 400 for a malformed version and 406 for one that isn't supported.
    static func asked(by request: Request) throws(NovaFault) -> Microversion {
        guard let text = text(in: request) else { return minimum }
        if text == "latest" { return maximum }
        guard let version = Microversion(text) else {
            throw .badRequest(
                "API Version String \(text) is of invalid format. Must be of format MajorNum.MinorNum."
            )
        }
        guard (minimum...maximum).contains(version) else {
            throw NovaFault(
                .notAcceptable,
                "Version \(version) is not supported by the API. Minimum is \(minimum) and maximum is \(maximum)."
            )
        }
        return version
    }

    private static func text(in request: Request) -> String? {
        let versions = request.headers[values: .openStackAPIVersion].flatMap { $0.split(separator: ",") }
        let ours = versions.compactMap { entry -> Substring? in
            let words = entry.split(whereSeparator: { $0 == " " || $0 == "\t" })
            return words.count == 2 && words[0].lowercased() == "compute" ? words[1] : nil
        }
        return ours.last.map { String($0).lowercased() } ?? request.header(.novaAPIVersion)?.lowercased()
    }

    /// Names the version in an answer, as both kinds of clients look for it.
    func mark(_ headers: inout HTTPFields) {
        headers[.openStackAPIVersion] = "compute \(self)"
        headers[.novaAPIVersion] = description
        headers.append(HTTPField(name: .vary, value: "OpenStack-API-Version"))
        headers.append(HTTPField(name: .vary, value: "X-OpenStack-Nova-API-Version"))
    }
}
