internal import HTTPTypes

/// What is asked of one server on the way of a fetch: the request itself, or what a redirect left of it.
struct Hop: Sendable {
    var url: FetchURL
    var headers: HTTPFields
    var tls: ClientTLS
    var connectTo: FetchRequest.ConnectTarget?
    /// Whether a redirect has led away from the origin that was asked first.
    var isElsewhere = false

    /// Headers that say nothing about who asks, so that another origin may see them.
    ///
    /// All others may be secret.
    static let plainHeaders: Set<HTTPField.Name> = [.accept, .acceptEncoding, .range, .ifRange, .userAgent]

    /// Statuses whose `Location` is followed (RFC 9110 section 15.4; 300 and 304 to 306 are not).
    static func isRedirect(_ status: Int) -> Bool {
        [301, 302, 303, 307, 308].contains(status)
    }

    /// The request's own hop.
    init(_ request: FetchRequest, defaultTLS: ClientTLS) throws(FetchError) {
        url = try FetchURL.parse(request.url)
        headers = request.headers
        tls = request.tls ?? defaultTLS
        connectTo = request.connectTo
    }

    /// The hop that a redirect leads to.
    ///
    /// What is dropped on the way to another origin does not come back later.
    func redirected(to location: String, _ rule: RedirectRule = RedirectRule()) throws(FetchError) -> Hop {
        var next = self
        next.url = try url.resolving(location)
        if url.scheme == "https" && next.url.scheme != "https" && !rule.allowsPlain {
            throw FetchError(
                code: .refusedRedirect,
                retry: .permanent,
                message: "Refused to follow a redirect from https to http (\(url.place) to \(next.url.place))"
            )
        }
        if !next.url.isSameOrigin(as: url) {
            // An address written out is known before anybody is asked; the others are looked at when they are connected to.
            if let fault = rule.addresses.fault(in: next.url.text) {
                throw FetchError(
                    code: .refusedAddress,
                    retry: .permanent,
                    message: "Refused to follow a redirect from \(url.place) to \(next.url.place): \(fault)"
                )
            }
            next.isElsewhere = true
            var plain = HTTPFields()
            for field in headers where Self.plainHeaders.contains(field.name) { plain.append(field) }
            next.headers = plain
            next.tls = tls.withoutIdentity
            next.connectTo = nil
        }
        return next
    }
}

/// Where a redirect may lead.
package struct RedirectRule: Sendable, Hashable {
    /// Which addresses it may lead to when it leads to another scheme, host or port; within one it may always lead.
    ///
    /// The default is any. Behind a proxy, which looks up the names, only addresses that are written out are known.
    package var addresses: AddressRule

    /// Whether it may lead from https to http: for content that is checked in the end.
    ///
    /// The default is no. Secret headers don't go along, since http is another origin.
    package var allowsPlain: Bool

    package init(addresses: AddressRule = .any, allowsPlain: Bool = false) {
        self.addresses = addresses
        self.allowsPlain = allowsPlain
    }
}
