internal import PrecacheModel

/// Reads the places that cursors hold.
enum Cursors {
    static func number(_ cursor: PageCursor?, of kind: String) throws(StoreError) -> Int64? {
        guard let cursor else { return nil }
        guard let parts = try? cursor.key(of: kind, count: 1), let number = Int64(parts[0]) else {
            throw bad()
        }
        return number
    }

    static func text(_ cursor: PageCursor?, of kind: String) throws(StoreError) -> String? {
        guard let cursor else { return nil }
        guard let parts = try? cursor.key(of: kind, count: 1) else { throw bad() }
        return parts[0]
    }

    static func place(_ cursor: PageCursor?, of kind: String) throws(StoreError) -> (Int, Int)? {
        guard let cursor else { return nil }
        guard let parts = try? cursor.key(of: kind, count: 2), let first = Int(parts[0]),
            let second = Int(parts[1])
        else { throw bad() }
        return (first, second)
    }

    private static func bad() -> StoreError {
        StoreError(.badCursor, message: "the cursor is not the `next` of an answer to the same list")
    }
}
