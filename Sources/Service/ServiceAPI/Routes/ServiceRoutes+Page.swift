import HTTPDoor
import HTTPServing
import HTTPTypes
import WebPage

extension ServiceRoutes {
    /// The page for people; it holds nothing that a token would have to guard, and asks the API for all that it shows.
    static func addPage(to table: inout RouteTable) {
        table.atOnce(.get, "/ui", nil) { _, _ in
            var response = Response(status: .seeOther)
            // Relative, for a proxy may have us below a path of its own.
            response.headers[.location] = "ui/"
            return .ready(response)
        }
        table.atOnce(.get, "/ui/", nil) { service, call in .ready(try service.file("index.html", call)) }
        table.atOnce(.get, "/ui/jobs.html", nil) { service, call in service.plainJobs(call) }
        table.atOnce(.get, "/ui/{file}", nil) { service, call in
            .ready(try service.file(try call.path("file") { $0 }, call))
        }
    }

    private func file(_ name: String, _ call: Call) throws -> Response {
        guard let file = WebPage.files[name] else { throw Problem.missing("file", name) }
        let tag = entityTag(of: file.bytes)
        let known = call.request.header(.ifNoneMatch)
        let isKnown = known == "*" || known?.contains(tag) == true
        var response = isKnown ? Response(status: .notModified) : .text(file.bytes, type: file.type)
        response.headers[.eTag] = tag
        // A newer service's files don't mix with an older one's.
        response.headers[.cacheControl] = "no-cache"
        return Self.guarded(response)
    }

    /// An answer that is a page, or a part of one, with what it may do.
    static func guarded(_ page: Response) -> Response {
        var page = page
        page.headers[.contentSecurityPolicy] = WebPage.policy
        page.headers[.xContentTypeOptions] = "nosniff"
        page.headers[.referrerPolicy] = "no-referrer"
        return page
    }

    /// What tells an answer from others (RFC 9110, section 8.8.3).
    func entityTag(of bytes: [UInt8]) -> String { "\"\(dependencies.digest(bytes).prefix(32))\"" }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = known("Referrer-Policy")
}
