import HTTPServing
import HTTPTypes

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
