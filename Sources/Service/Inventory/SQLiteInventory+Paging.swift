internal import PrecacheModel

extension SQLiteInventory {
    /// The key of a cursor with one part; empty text, which sorts first, without a cursor.
    static func text(_ cursor: PageCursor?, of kind: String) throws(StoreError) -> String {
        guard let cursor else { return "" }
        guard let parts = try? cursor.key(of: kind, count: 1) else {
            throw StoreError(
                .badCursor,
                message: "the cursor is not the `next` of an answer to the same list"
            )
        }
        return parts[0]
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
}
