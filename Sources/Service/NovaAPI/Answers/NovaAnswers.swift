import HTTPServing
import HTTPTypes
import PrecacheAPI

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
