package import HTTPServing
package import PrecacheModel

/// A request's query: every item must be one that the route knows, and none may come twice, unless the route says so.
package struct Query {
    private var items: [String: [String]] = [:]

    /// Reads the query.
    ///
    /// Throws 400 `bad_request` for unknown and repeated items.
    package init(_ request: Request, knows known: [String], repeats: [String] = []) throws(Problem) {
        guard request.query != nil else { return }
        let list: [(name: String, value: String)]
        do throws(HTTPFailure) { list = try request.queryItems() } catch { throw Problem(error) }
        for (name, value) in list {
            guard known.contains(name) else {
                let all = known.isEmpty ? "none is known here" : "known are \(known.joined(separator: ", "))"
                throw .parameter(String(name.prefix(80)), "is not a known query parameter; \(all)")
            }
            guard items[name] == nil || repeats.contains(name) else {
                throw .parameter(name, "is given twice")
            }
            items[name, default: []].append(value)
        }
    }

    package subscript(name: String) -> String? { items[name]?.first }

    /// All values of an item that may come more than once, in their order.
    package func values(_ name: String) -> [String] { items[name] ?? [] }

    /// A checked value.
    package func value<Value>(
        _ name: String,
        _ make: (String) throws(InvalidValue) -> Value
    ) throws(Problem) -> Value? {
        guard let text = self[name] else { return nil }
        do throws(InvalidValue) { return try make(text) } catch { throw .parameter(name, error.description) }
    }

    /// One of an enumeration's raw values.
    package func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String,
        _: Value.Type
    ) throws(Problem) -> Value? where Value.RawValue == String {
        guard let text = self[name] else { return nil }
        return try Self.choice(text, of: name)
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(
        _ text: String,
        of name: String
    ) throws(Problem) -> Value where Value.RawValue == String {
        if let value = Value(rawValue: text) { return value }
        throw .parameter(name, "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    /// Each of an item's values, of which there may be several, checked.
    package func values<Value>(
        _ name: String,
        atMost limit: Int = .max,
        _ make: (String) throws(InvalidValue) -> Value
    ) throws(Problem) -> [Value] {
        let texts = values(name)
        guard texts.count <= limit else {
            throw .parameter(name, "is given \(texts.count) times; \(limit) at most")
        }
        return try texts.map { text throws(Problem) in
            do throws(InvalidValue) { return try make(text) } catch {
                throw .parameter(name, error.description)
            }
        }
    }

    /// Those of an enumeration's raw values that are given; none if the item isn't.
    package func choices<Value: RawRepresentable & CaseIterable & Hashable>(
        _ name: String,
        _: Value.Type
    ) throws(Problem) -> Set<Value> where Value.RawValue == String {
        var found: Set<Value> = []
        for text in values(name) { found.insert(try Self.choice(text, of: name)) }
        return found
    }

    /// `true` or `false`; false if it isn't given.
    package func flag(_ name: String) throws(Problem) -> Bool {
        switch self[name] {
        case nil, "false": return false
        case "true": return true
        default: throw .parameter(name, "must be true or false")
        }
    }

    /// A whole number within bounds.
    package func integer(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = self[name] else { return nil }
        let isPlain = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isPlain, let number = Int(text), range.contains(number) else {
            throw .parameter(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `limit`, and the name that a list of this kind, sorted by names and whole in memory, goes on after; empty text at first.
    package func namedPage(of kind: String) throws(Problem) -> (limit: Int, after: String) {
        let page = try page()
        do throws(InvalidValue) {
            return (page.limit, try page.after?.key(of: kind, count: 1)[0] ?? "")
        } catch {
            throw .parameter("after", error.description, code: "bad_cursor")
        }
    }

    /// `limit` and `after`.
    package func page() throws(Problem) -> PageRequest {
        let limit = try integer("limit", 1...PageRequest.maximumLimit) ?? PageRequest.defaultLimit
        guard let text = self["after"] else { return PageRequest(limit: limit) }
        do throws(InvalidValue) {
            return PageRequest(limit: limit, after: try PageCursor(text))
        } catch {
            throw .parameter("after", error.description, code: "bad_cursor")
        }
    }
}
