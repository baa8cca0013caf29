import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// A refusal in the shape of Nova's API: `{"NAME": {"code": N, "message": "…"}}` (`Fault` in nova/api/openstack/wsgi.py).
struct NovaFault: Error, Sendable {
    var status: HTTPResponse.Status
    var message: String
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }

    static func badRequest(_ message: String) -> NovaFault { NovaFault(.badRequest, message) }

    static func conflict(_ message: String) -> NovaFault { NovaFault(.conflict, message) }

    static func notFound(_ message: String = "The resource could not be found.") -> NovaFault {
        NovaFault(.notFound, message)
    }

    /// What the store couldn't do: 503, worth trying again.
    init(_ error: StoreError) {
        if error.code == .tooMany {
            self.init(.tooManyRequests, "Too many jobs have not ended. Try again later.")
            headers[.retryAfter] = "10"
            return
        }
        if error.code == .tooLarge {
            self = .badRequest(error.message)
            return
        }
        self.init(
            .serviceUnavailable,
            error.code == .closed
                ? "The service is stopping." : "The service's database doesn't work now. Try again later."
        )
        headers[.retryAfter] = error.code == .busy ? "1" : "5"
    }

    /// What the server or the router refused.
    init(_ failure: HTTPFailure) {
        switch failure.status.code {
        case 404: self = .notFound()
        case 405: self.init(.methodNotAllowed, failure.message)
        case 413: self.init(.contentTooLarge, "Request is too large.")
        default: self.init(failure.status, failure.message)
        }
        headers = failure.headers
    }

    /// The name that Nova gives to a status.
    private static func name(_ code: Int) -> String {
        switch code {
        case 400: "badRequest"
        case 401: "unauthorized"
        case 403: "forbidden"
        case 404: "itemNotFound"
        case 405: "badMethod"
        case 409: "conflictingRequest"
        case 413, 429: "overLimit"
        case 415: "badMediaType"
        case 501: "notImplemented"
        case 503: "serviceUnavailable"
        default: "computeFault"
        }
    }

    func response() -> Response {
        var json = JSONWriter()
        let retryAfter = headers[.retryAfter]
        json.object { json in
            json.key(text: Self.name(status.code))
            json.object { json in
                json.member("code", status.code)
                json.member("message", message)
                if [413, 429].contains(status.code), let retryAfter { json.member("retryAfter", retryAfter) }
            }
        }
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: .bytes(json.bytes))
    }
}

/// Good answers of Nova's API.
enum NovaAnswers {
    /// An object.
    static func object(capacity: Int = 512, _ body: (inout JSONWriter) -> Void) -> Response {
        var json = JSONWriter(capacity: capacity)
        json.object(body)
        return Response(headers: [.contentType: "application/json"], body: .bytes(json.bytes))
    }

    /// Nothing to say; Nova's answers name a type even so.
    static func empty(_ status: HTTPResponse.Status) -> Response {
        Response(status: status, headers: [.contentType: "application/json"])
    }
}

/// The refusal of a request without a token that holds, as keystonemiddleware words it (`auth_token/__init__.py`).
enum Unauthorized {
    private static let body = Array(
        #"{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}"#
            .utf8
    )

    /// The refusal with the way in: Keystone's, `Keystone uri="…"`, where that is one, since Nova's clients know no other.
    static func response(_ challenges: [String]) -> Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        let keystone = challenges.filter { $0.hasPrefix("Keystone ") }
        headers[values: .wwwAuthenticate] = keystone.isEmpty ? challenges : keystone
        return Response(status: .unauthorized, headers: headers, body: .bytes(body))
    }
}
