internal import PrecacheModel

/// The places that cursors hold: read from a request, and made for the next page.
enum Cursors {
    static func number(_ cursor: PageCursor?, of kind: String) throws(StoreError) -> Int64? {
        guard let cursor else { return nil }
        guard let parts = try? cursor.key(of: kind, count: 1), let number = Int64(parts[0]) else {
            throw bad
        }
        return number
    }

    /// Empty text, which sorts first, without a cursor.
    static func text(_ cursor: PageCursor?, of kind: String) throws(StoreError) -> String {
        guard let cursor else { return "" }
        guard let parts = try? cursor.key(of: kind, count: 1) else { throw bad }
        return parts[0]
    }

    static func place(_ cursor: PageCursor?, of kind: String) throws(StoreError) -> (Int, Int)? {
        guard let cursor else { return nil }
        guard let parts = try? cursor.key(of: kind, count: 2), let first = Int(parts[0]),
            let second = Int(parts[1])
        else { throw bad }
        return (first, second)
    }

    /// The page of a list of which one more than `limit` was asked for.
    static func page<Item: Sendable>(
        _ found: [Item],
        limit: Int,
        kind: String,
        key: (Item) -> String
    ) -> Page<Item> {
        guard found.count > limit, limit > 0 else { return Page(items: found, next: nil) }
        return Page(
            items: Array(found.prefix(limit)),
            next: PageCursor(kind: kind, key: [key(found[limit - 1])])
        )
    }

    private static let bad = StoreError(
        .badCursor,
        message: "the cursor is not the `next` of an answer to the same list"
    )
}
