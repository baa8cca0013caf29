import HTTPServing
import HTTPTypes

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
