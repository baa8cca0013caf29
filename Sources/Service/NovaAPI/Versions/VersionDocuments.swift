import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI

/// What clients read before they ask for anything: which versions there are, and where.
struct VersionDocuments: Sendable {
    /// The address that clients reach the service by, without a slash at the end; nil takes it from each request.
    let publicURL: String?
    /// Whether the service speaks TLS itself.
    let isSecure: Bool

    /// `GET /`: both versions.
    func list(_ request: Request) -> Response {
        let base = base(request)
        return NovaAnswers.object { json in
            json.array("versions", [Version.old, .current]) { json, version in
                json.object { json in
                    version.writeHead(to: &json)
                    json.array("links", [()]) { json, _ in version.writeSelfLink(to: &json, base) }
                }
            }
        }
    }

    /// `GET /v2/` and `GET /v2.1/`: one version.
    func document(_ version: Version, _ request: Request) -> Response {
        let base = base(request)
        return NovaAnswers.object { json in
            json.object("version") { json in
                version.writeHead(to: &json)
                json.key("links")
                json.array { json in
                    version.writeSelfLink(to: &json, base)
                    json.object { json in
                        json.member("rel", "describedby")
                        json.member("type", "text/html")
                        json.member("href", "http://docs.openstack.org/")
                    }
                }
                json.key("media-types")
                json.array { json in
                    json.object { json in
                        json.member("base", "application/json")
                        json.member("type", "application/vnd.openstack.compute+json;version=\(version.media)")
                    }
                }
            }
        }
    }

    /// The address for links: what the operator set, or what the client called us.
    func base(_ request: Request) -> String {
        if let publicURL { return publicURL }
        return (isSecure ? "https://" : "http://") + (request.header(.host) ?? "localhost")
    }
}

extension VersionDocuments {
    /// A version of the API.
    enum Version: Sendable {
        /// 2.0, which answers version documents alone.
        case old
        /// 2.1 with its microversions.
        case current

        var media: String { self == .old ? "2" : "2.1" }

        func writeHead(to json: inout JSONWriter) {
            json.member("id", self == .old ? "v2.0" : "v2.1")
            json.member("status", self == .old ? "DEPRECATED" : "CURRENT")
            json.member("version", self == .old ? "" : "\(Microversion.maximum)")
            json.member("min_version", self == .old ? "" : "\(Microversion.minimum)")
            json.member("updated", self == .old ? "2011-01-21T11:33:21Z" : "2013-07-23T11:33:21Z")
        }

        func writeSelfLink(to json: inout JSONWriter, _ base: String) {
            json.object { json in
                json.member("rel", "self")
                json.member("href", base + (self == .old ? "/v2/" : "/v2.1/"))
            }
        }
    }
}
