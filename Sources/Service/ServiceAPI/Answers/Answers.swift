import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// Good answers.
enum Answers {
    private static let jsonFields: HTTPFields = [
        .contentType: "application/json", .cacheControl: "no-store",
    ]

    /// Bytes that are JSON already.
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: jsonFields, body: .bytes(bytes))
    }

    /// An object with one member.
    static func one(
        _ name: StaticString,
        status: HTTPResponse.Status = .ok,
        _ value: (inout JSONWriter) -> Void
    ) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.key(name)
            value(&json)
        }
        return self.json(json.bytes, status: status)
    }

    /// One page of a list, with `next`.
    static func page<Item>(
        _ name: StaticString,
        _ page: Page<Item>,
        _ element: (inout JSONWriter, Item) -> Void
    ) -> Response {
        var json = JSONWriter(capacity: 256 * (page.items.count + 1))
        json.object { json in
            json.array(name, page.items, element)
            json.member("next", page.next?.description)
        }
        return self.json(json.bytes)
    }

    /// A job that is durable: 202 with its place.
    static func accepted(_ job: JobRecord) -> Response {
        var response = one("job", status: .accepted) { $0.job(job) }
        response.headers[.location] = "/v1/jobs/\(job.id.text)"
        return response
    }

    /// 204.
    static func nothing() -> Response { Response(status: .noContent) }

    /// A text.
    static func text(_ bytes: [UInt8], type: String = "text/plain; charset=utf-8") -> Response {
        Response(headers: [.contentType: type, .cacheControl: "no-store"], body: .bytes(bytes))
    }
}
