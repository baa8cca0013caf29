import HTTPDoor
import HTTPServing
import PrecacheAPI
import PrecacheModel

/// Where in a history to read: what the query of its route says.
struct HistoryQuery {
    /// The moment before which to go on.
    let before: Int64
    let since: Timestamp?
    /// How many moments an answer has at most.
    let limit: Int
    let isFirstPage: Bool

    init(_ request: Request, upTo most: Int) throws {
        let query = try Query(request, knows: ["since", "limit", "after"])
        since = try query.value("since") { text throws(InvalidValue) in try Timestamp(text) }
        let (wanted, after) = try query.namedPage(of: "history")
        limit = min(wanted, most)
        isFirstPage = after.isEmpty
        guard let before = after.isEmpty ? .max : Int64(after) else {
            throw Problem.parameter("after", "is no place in this list", code: "bad_cursor")
        }
        self.before = before
    }

    /// A page of moments, of which one more than ``limit`` was looked for.
    func answer<Moment: Sendable>(
        _ moments: [Moment],
        number: (Moment) -> Int64,
        write: (inout JSONWriter, Moment) -> Void
    ) -> Response {
        let shown = Array(moments.prefix(limit))
        let next = moments.count > limit ? shown.last.map { "\(number($0))" } : nil
        return Answers.page(
            "history",
            Page(items: shown, next: next.map { PageCursor(kind: "history", key: [$0]) }),
            write
        )
    }
}
